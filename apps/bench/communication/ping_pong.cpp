// Plain data between two ranks: of known size, of unknown size into a buffer that is used again, and into a fresh
// one; without blocking; structs.
#include <cohort/p2p.hpp>

#include "bench/communication/contest.hpp"
#include "bench/communication/pair.hpp"

#include <boost/mpi/communicator.hpp>
#include <boost/mpi/nonblocking.hpp>
#include <fmt/format.h>
#include <mpi.h>

#include <memory>
#include <span>

namespace cohort_bench {
namespace {

namespace mpi = boost::mpi;
using doubles = std::vector<double>;

struct particle {
  double position[3];
  double velocity[3];
  int charge;
};

std::string size_text(std::size_t bytes) {
  if (bytes >= 1U << 20U) return fmt::format("{} MiB", bytes >> 20U);
  if (bytes >= 1U << 10U) return fmt::format("{} KiB", bytes >> 10U);
  return fmt::format("{} B", bytes);
}

/// What the loops of one contest work on, on the heap so that closures can share it.
struct memory {
  explicit memory(std::size_t n) : out(n, 1.0), in(n) {}
  doubles out;
  doubles in;
};

void known(std::vector<contest>& all, const cohort::communicator& world, std::size_t n) {
  const auto m = std::make_shared<memory>(n);
  const int count = static_cast<int>(n);
  const MPI_Comm raw = world;
  const mpi::communicator boost{raw, mpi::comm_attach};
  contest c{.name = fmt::format("ping-pong {} known size", size_text(8 * n)), .bar = 1.02};
  c.hand = loop(ping_pong(
      world, [=](int to) { MPI_Send(m->out.data(), count, MPI_DOUBLE, to, 0, raw); },
      [=](int from) { MPI_Recv(m->in.data(), count, MPI_DOUBLE, from, 0, raw, MPI_STATUS_IGNORE); }));
  c.cohort = loop(ping_pong(
      world, [=](int to) { world.send(m->out, {.dest = to}); },
      [=](int from) { world.recv_into(std::span{m->in}, {.source = from, .tag = 0}); }));
  c.boost = loop(ping_pong(
      world, [=](int to) { boost.send(to, 0, m->out.data(), count); },
      [=](int from) { boost.recv(from, 0, m->in.data(), count); }));
  all.push_back(std::move(c));
}

/// Receives doubles of unknown number by hand.
void receive_by_hand(doubles& into, int from, MPI_Comm raw) {
  MPI_Message message = MPI_MESSAGE_NULL;
  MPI_Status status;
  int count = 0;
  MPI_Mprobe(from, 0, raw, &message, &status);
  MPI_Get_count(&status, MPI_DOUBLE, &count);
  into.resize(static_cast<std::size_t>(count));
  MPI_Mrecv(into.data(), count, MPI_DOUBLE, &message, MPI_STATUS_IGNORE);
}

void unknown(std::vector<contest>& all, const cohort::communicator& world, std::size_t n) {
  const auto m = std::make_shared<memory>(n);
  const int count = static_cast<int>(n);
  const MPI_Comm raw = world;
  const mpi::communicator boost{raw, mpi::comm_attach};
  const auto send = [=](int to) { MPI_Send(m->out.data(), count, MPI_DOUBLE, to, 0, raw); };
  contest c{.name = fmt::format("ping-pong {} unknown size, reused", size_text(8 * n)), .bar = 1.02};
  c.hand = loop(ping_pong(world, send, [=](int from) { receive_by_hand(m->in, from, raw); }));
  c.cohort = loop(ping_pong(
      world, [=](int to) { world.send(m->out, {.dest = to}); },
      [=](int from) { world.recv_into(m->in, {.source = from, .tag = 0}); }));
  c.boost = loop(ping_pong(
      world, [=](int to) { boost.send(to, 0, m->out); }, [=](int from) { boost.recv(from, 0, m->in); }));
  all.push_back(std::move(c));
}

void fresh(std::vector<contest>& all, const cohort::communicator& world, std::size_t n) {
  const auto m = std::make_shared<memory>(n);
  const int count = static_cast<int>(n);
  const MPI_Comm raw = world;
  const mpi::communicator boost{raw, mpi::comm_attach};
  const auto send = [=](int to) { MPI_Send(m->out.data(), count, MPI_DOUBLE, to, 0, raw); };
  const bool large = 8 * n >= 16U << 20U;
  contest c{.name = fmt::format("ping-pong {} unknown size, fresh", size_text(8 * n)), .bar = large ? 0.8 : 1.02};
  c.hand = loop(ping_pong(world, send, [=](int from) {
    doubles in;
    receive_by_hand(in, from, raw);
  }));
  c.cohort = loop(ping_pong(
      world, [=](int to) { world.send(m->out, {.dest = to}); },
      [=](int from) { (void)world.recv<cohort::buffer<double>>({.source = from, .tag = 0}); }));
  c.boost = loop(ping_pong(
      world, [=](int to) { boost.send(to, 0, m->out); },
      [=](int from) {
        doubles in;
        boost.recv(from, 0, in);
      }));
  all.push_back(std::move(c));
}

void structs(std::vector<contest>& all, const cohort::communicator& world, std::size_t n) {
  const auto out = std::make_shared<std::vector<particle>>(n);
  const auto in = std::make_shared<std::vector<particle>>(n);
  const int bytes = static_cast<int>(n * sizeof(particle));
  const MPI_Comm raw = world;
  contest c{.name = fmt::format("struct x{}", n), .bar = 1.02};
  c.hand = loop(ping_pong(
      world, [=](int to) { MPI_Send(out->data(), bytes, MPI_BYTE, to, 0, raw); },
      [=](int from) { MPI_Recv(in->data(), bytes, MPI_BYTE, from, 0, raw, MPI_STATUS_IGNORE); }));
  c.cohort = loop(ping_pong(
      world, [=](int to) { world.send(std::span{*out}, {.dest = to}); },
      [=](int from) { world.recv_into(std::span{*in}, {.source = from, .tag = 0}); }));
  all.push_back(std::move(c));
}

void without_blocking(std::vector<contest>& all, const cohort::communicator& world, std::size_t n) {
  const auto m = std::make_shared<memory>(n);
  const int count = static_cast<int>(n);
  const MPI_Comm raw = world;
  const mpi::communicator boost{raw, mpi::comm_attach};
  const int rank = world.rank();
  contest c{.name = fmt::format("isend/irecv {}", size_text(8 * n)), .bar = 1.02};
  c.hand = loop([=] {
    if (rank > 1) return;
    MPI_Request requests[2];
    MPI_Irecv(m->in.data(), count, MPI_DOUBLE, 1 - rank, 0, raw, &requests[0]);
    MPI_Isend(m->out.data(), count, MPI_DOUBLE, 1 - rank, 0, raw, &requests[1]);
    MPI_Wait(&requests[0], MPI_STATUS_IGNORE);
    MPI_Wait(&requests[1], MPI_STATUS_IGNORE);
  });
  c.cohort = loop([=] {
    if (rank > 1) return;
    auto coming = world.irecv_into(std::span{m->in}, {.source = 1 - rank, .tag = 0});
    auto going = world.isend(m->out, {.dest = 1 - rank});
    coming.wait();
    going.wait();
  });
  c.boost = loop([=] {
    if (rank > 1) return;
    auto coming = boost.irecv(1 - rank, 0, m->in.data(), count);
    auto going = boost.isend(1 - rank, 0, m->out.data(), count);
    coming.wait();
    going.wait();
  });
  all.push_back(std::move(c));
}

}  // namespace

void add_ping_pong(std::vector<contest>& all, const cohort::communicator& world) {
  for (const std::size_t bytes : {8UL, 1UL << 10U, 64UL << 10U, 1UL << 20U, 16UL << 20U}) {
    known(all, world, bytes / 8);
    unknown(all, world, bytes / 8);
    fresh(all, world, bytes / 8);
  }
  for (const std::size_t n : {1U, 1000U, 100'000U}) structs(all, world, n);
  for (const std::size_t bytes : {8UL, 64UL << 10U}) without_blocking(all, world, bytes / 8);
}

}  // namespace cohort_bench
