// survivor TASKS MILLISECONDS: rank 0 hands out tasks to the others and sees all of them done, whoever is lost; the
// least program that cohort-run --fault-tolerant can keep alive on Open MPI 4.1. From start to end it only begins
// sends and receives and tests them; who is silent for two seconds is lost, and is never spoken to again; who hears
// nothing from rank 0 for eight leaves; and after a loss nobody calls MPI_Finalize, which would wait for the dead.

#include <cohort/cluster/allocation.hpp>
#include <cohort/cluster/sign_of_life.hpp>
#include <cohort/cluster/verdict.hpp>

#include <mpi.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

using namespace std::chrono_literals;
using clock_type = std::chrono::steady_clock;

constexpr auto lost_after = 2s;
constexpr auto start_takes = 5s;
constexpr auto start_limit = 60s;
constexpr auto leave_after = 8s;
constexpr auto between_beats = 300ms;
constexpr auto turn = 1ms;
constexpr auto farewell = 500ms;

enum kind : long { beat, result, work, answer, stop };
constexpr int tag = 1;
using letter = std::array<long, 2>;  ///< a kind, and what it is about

double seconds(clock_type::duration time) {
  return std::chrono::duration<double>{time}.count();
}

/// Letters in both directions; never waits.
class mailbox {
 public:
  explicit mailbox(int from) : from_{from} { expect(); }
  mailbox(const mailbox&) = delete;
  mailbox& operator=(const mailbox&) = delete;
  ~mailbox() = default;  // what is begun stays so: see close()

  void send(int to, kind what, long about) {
    auto& copy = sent_.emplace_back(letter{what, about});  // stays, since nobody knows when it has gone
    MPI_Request request = MPI_REQUEST_NULL;
    MPI_Isend(copy.data(), 2, MPI_LONG, to, tag, MPI_COMM_WORLD, &request);
    MPI_Request_free(&request);
  }

  /// Takes what has arrived.
  void take(const std::function<void(int, const letter&)>& use) {
    for (;;) {
      int arrived = 0;
      MPI_Status status;
      if (MPI_Test(&request_, &arrived, &status) != MPI_SUCCESS || arrived == 0) return;
      const auto copy = received_;
      expect();
      use(status.MPI_SOURCE, copy);
    }
  }

  /// Before MPI ends in order.
  void close() {
    MPI_Cancel(&request_);
    MPI_Request_free(&request_);
  }

 private:
  void expect() { MPI_Irecv(received_.data(), 2, MPI_LONG, from_, tag, MPI_COMM_WORLD, &request_); }

  int from_;
  std::deque<letter> sent_;
  letter received_{};
  MPI_Request request_ = MPI_REQUEST_NULL;
};

/// Rank 0.
class master {
 public:
  master(int ranks, long tasks) : others_(static_cast<std::size_t>(ranks)), done_(static_cast<std::size_t>(tasks)) {
    for (long task = tasks; task-- > 0;) todo_.push_back(task);
    for (auto& each : others_) each.seen = begun_ + start_takes;
    others_[0].lost = true;  // it only hands out
  }

  /// Returns the exit status.
  int run() {
    while (left() != 0) {
      mail_.take([this](int from, const letter& what) { take(static_cast<std::size_t>(from), what); });
      if (!hand_out()) return conclude(4);
      std::this_thread::sleep_for(turn);
    }
    return conclude(sum_ == wanted() ? 0 : 5);
  }

  [[nodiscard]] bool anybody_lost() const { return losses_ != 0; }
  mailbox& mail() { return mail_; }

 private:
  struct other {
    clock_type::time_point seen;
    std::optional<long> task = {};
    bool lost = false;
  };

  [[nodiscard]] std::size_t left() const { return done_.size() - finished_; }
  [[nodiscard]] long wanted() const {
    long sum = 0;
    for (long i = 0; i != static_cast<long>(done_.size()); ++i) sum += i * i;
    return sum;
  }

  void take(std::size_t from, const letter& what) {
    auto& who = others_[from];
    if (who.lost) return;
    who.seen = clock_type::now();
    if (what[0] == beat) return mail_.send(static_cast<int>(from), answer, 0);
    const auto task = *who.task;
    who.task.reset();
    done_[static_cast<std::size_t>(task)] = true;
    ++finished_;
    sum_ += what[1];
  }

  /// Returns whether anybody is left.
  bool hand_out() {
    bool anybody = false;
    for (std::size_t i = 0; i != others_.size(); ++i) {
      auto& who = others_[i];
      if (who.lost) continue;
      const auto silent = clock_type::now() - who.seen;
      if (silent > lost_after) {
        who.lost = true;
        ++losses_;
        if (who.task) todo_.push_back(*who.task);
        std::fprintf(stderr, "rank %zu is lost (silent for %.1f s)\n", i, seconds(silent));
        continue;
      }
      anybody = true;
      if (who.task || todo_.empty()) continue;
      who.task = todo_.back();
      todo_.pop_back();
      mail_.send(static_cast<int>(i), work, *who.task);
    }
    return anybody;
  }

  int conclude(int status) {
    for (std::size_t i = 0; i != others_.size(); ++i) {
      if (!others_[i].lost) mail_.send(static_cast<int>(i), stop, losses_);
    }
    std::printf("%zu of %zu tasks, %ld ranks lost, %.1f s\n", finished_, done_.size(), losses_,
                seconds(clock_type::now() - begun_));
    std::fflush(stdout);
    return status;
  }

  clock_type::time_point begun_ = clock_type::now();
  mailbox mail_{MPI_ANY_SOURCE};
  std::vector<other> others_;
  std::vector<bool> done_;
  std::vector<long> todo_;
  std::size_t finished_ = 0;
  long sum_ = 0;
  long losses_ = 0;
};

[[noreturn]] void leave(int status) {
  std::fflush(nullptr);
  ::_exit(status);
}

/// The others.
void serve(std::chrono::milliseconds takes) {
  mailbox mail{0};
  auto heard = clock_type::now() + start_takes;
  auto next_beat = clock_type::now();
  std::optional<long> task;
  clock_type::time_point due;
  for (std::optional<long> losses; !losses;) {
    mail.take([&](int, const letter& what) {
      heard = clock_type::now();
      if (what[0] == stop) losses = what[1];
      if (what[0] != work) return;
      task = what[1];
      due = heard + takes;
    });
    const auto now = clock_type::now();
    if (task && now >= due) {
      mail.send(0, result, *task * *task);
      task.reset();
    }
    if (now >= next_beat) {
      mail.send(0, beat, 0);
      next_beat = now + between_beats;
    }
    if (now > heard + leave_after) leave(3);
    if (losses && *losses != 0) leave(0);
    std::this_thread::sleep_for(turn);
  }
  mail.close();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: survivor TASKS MILLISECONDS\n", stderr);
    return 2;
  }
  std::optional<cohort::cluster::sign_of_life> alive;
  if (cohort::cluster::find_allocation().rank == 0U) alive.emplace(start_limit);
  MPI_Init(&argc, &argv);
  std::signal(SIGPIPE, SIG_IGN);
  MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  int rank = 0;
  int ranks = 1;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  if (rank != 0) {
    serve(std::chrono::milliseconds{std::atol(argv[2])});
    MPI_Finalize();
    return 0;
  }

  if (alive) alive->begun();
  master root{ranks, std::atol(argv[1])};
  const auto status = root.run();
  cohort::cluster::leave_verdict({status, "the tasks are done"});
  if (root.anybody_lost()) {
    std::this_thread::sleep_for(farewell);  // for the last letters to go
    leave(status);
  }
  root.mail().close();
  MPI_Finalize();
  return status;
}
