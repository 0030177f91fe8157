// channel_speed: items that rank 0 sends to rank 1 through a channel, beside sends and receives written by hand,
// taking turns in one process.
//
//   mpirun -n 2 channel_speed [--items 200000] [--rounds 15] [--capacity 256]
//
// Prints, for items of 8 bytes, of 1 KiB, and strings of 100 letters, the items per second of two loops written by
// hand and of the channel, the latter's ratio to the faster of these, and how much two runs of the first differ. By
// hand each item is one MPI_Send and one MPI_Recv (for strings MPI_Mprobe and MPI_Mrecv); "bounded", which is what
// a channel does, with a message back for every capacity / 2 items, without which no more than capacity are sent.
// Exit status 1 if a channel is below 0.9 of the faster one by more than the spread.
#include <cohort/async/channel.hpp>
#include <cohort/cohort.hpp>

#include "bench/timing.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <string>
#include <vector>

namespace {

using cohort_bench::median;
using cohort_bench::steady;

template <class T>
struct by_hand {
  static void send(const T& item, MPI_Comm comm) { MPI_Send(&item, sizeof item, MPI_BYTE, 1, 0, comm); }
  static T receive(MPI_Comm comm) {
    T item{};
    MPI_Recv(&item, sizeof item, MPI_BYTE, 0, 0, comm, MPI_STATUS_IGNORE);
    return item;
  }
};
template <>
struct by_hand<std::string> {
  static void send(const std::string& item, MPI_Comm comm) {
    MPI_Send(item.data(), static_cast<int>(item.size()), MPI_CHAR, 1, 0, comm);
  }
  static std::string receive(MPI_Comm comm) {
    MPI_Message found = MPI_MESSAGE_NULL;
    MPI_Status info;
    int length = 0;
    MPI_Mprobe(0, 0, comm, &found, &info);
    MPI_Get_count(&info, MPI_CHAR, &length);
    std::string item(static_cast<std::size_t>(length), '\0');
    MPI_Mrecv(item.data(), length, MPI_CHAR, &found, MPI_STATUS_IGNORE);
    return item;
  }
};

std::size_t weight(const std::string& item) {
  return item.size();
}
template <class T>
std::size_t weight(const T& item) {
  return static_cast<std::size_t>(item[0]);
}

/// Items per second of `run`, from the moment all ranks begin until all have ended.
template <class Run>
double rate(const cohort::communicator& world, int items, const Run& run) {
  world.barrier();
  const auto begun = steady::now();
  run();
  world.barrier();
  return items / std::chrono::duration<double>(steady::now() - begun).count();
}

/// Whether the bar is met; on every rank.
template <class T>
bool compare(const cohort::communicator& world, const char* what, const T& item, int items, int rounds,
             std::size_t capacity) {
  const MPI_Comm comm = world;
  const int rank = world.rank();
  std::size_t got = 0;
  const auto hand = [&] {
    for (int i = 0; i != items && rank == 0; ++i) by_hand<T>::send(item, comm);
    for (int i = 0; i != items && rank == 1; ++i) got += weight(by_hand<T>::receive(comm));
  };
  const int half = std::max(static_cast<int>(capacity / 2), 1);
  const auto bounded = [&] {
    for (int i = 0; i != items && rank == 0; ++i) {
      if (i >= 2 * half && i % half == 0) MPI_Recv(nullptr, 0, MPI_BYTE, 1, 1, comm, MPI_STATUS_IGNORE);
      by_hand<T>::send(item, comm);
    }
    for (int i = 0; i != items && rank == 1; ++i) {
      got += weight(by_hand<T>::receive(comm));
      // As many as the sender waits for.
      if (i % half == half - 1 && i + 1 + half < items) MPI_Send(nullptr, 0, MPI_BYTE, 0, 1, comm);
    }
  };
  cohort::channel<T> pipe{world, {.capacity = capacity, .producers = {0}, .consumers = {1}}};
  const auto through = [&] {
    for (int i = 0; i != items && rank == 0; ++i) pipe.send(item);
    for (int i = 0; i != items && rank == 1; ++i) got += weight(*pipe.recv());
  };
  std::vector<double> hands;
  std::vector<double> boundeds;
  std::vector<double> throughs;
  std::vector<double> ratios;
  std::vector<double> control;
  for (int round = 0; round != rounds; ++round) {
    const double first = rate(world, items, hand);
    const double ours = rate(world, items, through);
    const double second = rate(world, items, hand);
    const double limited = rate(world, items, bounded);
    hands.push_back(first);
    boundeds.push_back(limited);
    throughs.push_back(ours);
    ratios.push_back(ours / std::max(std::sqrt(first * second), limited));
    control.push_back(std::abs(second / first - 1));
  }
  if (rank == 1 && got != 4 * static_cast<std::size_t>(rounds * items) * weight(item))
    throw cohort::error{"channel_speed: items are lost"};
  const double ratio = world.bcast(median(ratios));
  const double spread = world.bcast(median(control));
  const bool met = ratio > 0.9 - spread;
  if (rank == 0) {
    fmt::print("{:<14} {:12.0f} {:12.0f} {:12.0f} {:8.3f} {:8.3f}  {}\n", what, median(hands), median(boundeds),
               median(throughs), ratio, spread, met ? "ok" : "MISSED");
    std::fflush(stdout);
  }
  return met;
}

}  // namespace

int main(int argc, char** argv) {
  int items = 200'000;
  int rounds = 15;
  std::size_t capacity = 256;
  CLI::App app{"Items through a channel beside hand-written sends and receives"};
  app.add_option("--items", items, "per round")->check(CLI::PositiveNumber)->capture_default_str();
  app.add_option("--rounds", rounds, "medians are of so many")->check(CLI::PositiveNumber)->capture_default_str();
  app.add_option("--capacity", capacity, "of the channel")->check(CLI::PositiveNumber)->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  const cohort::environment env{argc, argv};
  const auto& world = env.world();
  if (world.size() < 2) throw cohort::error{"channel_speed: one rank sends to another; run it on two"};
  if (world.rank() == 0) {
    fmt::print("items per second from rank 0 to rank 1, {} items, medians of {} rounds\n", items, rounds);
    fmt::print("{:<14} {:>12} {:>12} {:>12} {:>8} {:>8}\n", "item", "by hand", "bounded", "channel", "ratio", "+-");
  }
  std::array<double, 1> small{3};
  std::array<double, 128> large{3};
  bool met = compare(world, "8 bytes", small, items, rounds, capacity);
  met = compare(world, "1 KiB", large, items, rounds, capacity) && met;
  met = compare(world, "100 letters", std::string(100, 'x'), items, rounds, capacity) && met;
  return met ? 0 : 1;
}
