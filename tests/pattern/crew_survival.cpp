// crew_survival MODE: a crew of which ranks are lost, under cohort-run --fault-tolerant. The root squares numbers
// with its workers, and says "ok" and leaves status 0 if each result came exactly once.

#include <cohort/cluster/verdict.hpp>
#include <cohort/core/detail/loss.hpp>
#include <cohort/core/environment.hpp>
#include <cohort/pattern/crew/clock.hpp>
#include <cohort/pattern/crew/coordinator.hpp>
#include <cohort/pattern/crew/serve.hpp>
#include <cohort/pattern/crew/thread_runner.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace cohort;
using crew::survival;

struct mode {
  std::string_view name;
  std::set<int> lost;      ///< who must be given up, of four
  std::size_t bytes = 16;  ///< of a task, and of a result
  dispatch::duration work = 20ms;
  survival how{.on = true, .beat = 200ms, .dead_after = 1500ms, .root_silence = 20s};
};

const std::vector<mode> modes{
    {.name = "nothing", .lost = {}},
    {.name = "killed", .lost = {2}},
    {.name = "all_killed", .lost = {1, 2, 3}},
    {.name = "killed_at_once", .lost = {1}},
    {.name = "stopped", .lost = {3}},
    {.name = "stalls", .lost = {}, .how = {.on = true, .beat = 200ms, .dead_after = 6s, .root_silence = 20s}},
    {.name = "returns", .lost = {3}, .how = {.on = true, .beat = 200ms, .dead_after = 1500ms, .root_silence = 2s}},
    {.name = "large_result_breaks_off", .lost = {1, 2}, .bytes = 40'000'000},
    {.name = "large_task_breaks_off", .lost = {1, 2}, .bytes = 40'000'000},
    {.name = "busy_root", .lost = {}},
    {.name = "long_task", .lost = {}},
    {.name = "long_help", .lost = {}},
    {.name = "killed_at_the_end", .lost = {2}},
    {.name = "root_silent",
     .lost = {1, 2, 3},
     .how = {.on = true, .beat = 200ms, .dead_after = 1500ms, .root_silence = 2s}},
};

constexpr int tasks = 40;
constexpr dispatch::task_id endless = 1'000'000;

/// In a while, from a process of its own, so that it hits whatever the rank is doing.
void signal_me(int number, dispatch::duration after) {
  const auto me = ::getpid();
  if (::fork() != 0) return;
  std::this_thread::sleep_for(after);
  ::kill(me, number);
  ::_exit(0);
}

class program final : public crew::client {
 public:
  explicit program(const mode& how) : how_{how} {}

  std::size_t task_size(dispatch::task_id) override { return how_.bytes; }
  void write_task(dispatch::task_id task, std::byte* to) override {
    std::memset(to, 1, how_.bytes);
    std::memcpy(to, &task, sizeof task);
  }
  void keep_result(dispatch::task_id task, std::span<const std::byte> payload) override {
    std::uint64_t square = 0;
    std::memcpy(&square, payload.data(), sizeof square);
    wrong_ += square != task * task || payload.size() != how_.bytes || payload.back() != std::byte{1} ? 1 : 0;
  }
  void keep_error(dispatch::task_id, std::span<const std::byte>) override { ++wrong_; }
  void deliver(const dispatch::deliver& what) override {
    if (++results_[what.task] != 1) ++wrong_;
    if (how_.name == "busy_root" && results_.size() == 10) std::this_thread::sleep_for(6s);
    if (how_.name == "root_silent" && results_.size() == 10) std::this_thread::sleep_for(8s);
  }
  void give_up(const dispatch::give_up&) override { ++wrong_; }
  void lost(dispatch::worker_id worker, std::string_view why) override {
    said_lost_.insert(static_cast<int>(worker));
    std::fputs(fmt::format("lost {}: {}\n", worker, why).c_str(), stderr);
  }
  [[nodiscard]] bool right() const { return wrong_ == 0 && results_.size() == tasks && said_lost_ == how_.lost; }
  [[nodiscard]] std::string figures() const {
    return fmt::format("{} results, {} wrong, {} lost", results_.size(), wrong_, said_lost_.size());
  }

 private:
  const mode& how_;
  std::map<dispatch::task_id, int> results_;
  std::set<int> said_lost_;
  int wrong_ = 0;
};

/// A task on a rank, where what the mode is about happens.
crew::outcome work(const mode& how, int rank, crew::job of, std::span<const std::byte> payload, int nth) {
  if (of.task == endless) std::this_thread::sleep_for(60s);
  const bool mine = how.lost.count(rank) != 0;
  if (mine && nth == 1) {
    if (how.name == "killed" || how.name == "all_killed") (void)std::raise(SIGKILL);
    if (how.name == "stopped") (void)std::raise(SIGSTOP);
    if (how.name == "returns") {
      signal_me(SIGCONT, 4s);
      (void)std::raise(SIGSTOP);
    }
  }
  // At its first: it may get no other.
  if (mine && nth == 0 && how.name == "large_result_breaks_off") signal_me(SIGKILL, rank * 10ms);
  if (how.name == "stalls" && rank == 1 && nth == 1) {  // too short to be lost, long enough to ask whether it is
    signal_me(SIGCONT, 3500ms);
    (void)std::raise(SIGSTOP);
  }
  if (rank == 1 && nth == 0 && (how.name == "long_task" || how.name == "long_help"))
    std::this_thread::sleep_for(5s);
  std::this_thread::sleep_for(how.work);
  std::uint64_t number = 0;
  std::memcpy(&number, payload.data(), sizeof number);
  number *= number;
  crew::outcome result{true, {payload.begin(), payload.end()}};
  std::memcpy(result.payload.data(), &number, sizeof number);
  return result;
}

int lead(const communicator& comm, const mode& how, crew::runner& local) {
  program p{how};
  crew::coordinator crew{comm, local, p, {}, "root", how.how};
  for (int i = 0; i != tasks; ++i) crew.scheduler().add();
  crew.scheduler().close();
  while (!crew.finished()) crew.step(20ms);
  // Who is lost is found out even if there is nothing left to do.
  while (how.name != "killed_at_the_end" && crew.lost().size() != how.lost.size()) crew.step(20ms);
  if (how.name == "returns") {
    for (const auto end = crew::now() + 5s; crew::now() < end;) crew.step(20ms);
  }
  const auto left = crew.dismiss(how.name == "killed_at_the_end" ? 30s : 1s);
  const bool right = p.right() && left.empty() && detail::loss_noted() == !how.lost.empty();
  std::puts(right ? "ok" : fmt::format("wrong: {}", p.figures()).c_str());
  return right ? 0 : 1;
}

void follow(const communicator& comm, const mode& how, crew::runner& runner) {
  const bool mine = how.lost.count(comm.rank()) != 0;
  if (mine && how.name == "killed_at_once") (void)std::raise(SIGKILL);
  if (mine && how.name == "killed_at_the_end") {  // told to leave, it does not finish
    runner.accept({endless, 0}, {});
    signal_me(SIGKILL, 3s);
  }
  if (mine && how.name == "large_task_breaks_off") signal_me(SIGKILL, comm.rank() * 30ms);
  try {
    if (how.name == "long_help") {
      crew::serve_and_help(comm, runner, 0, "worker", how.how);
    } else {
      crew::serve(comm, runner, 0, "worker", {}, how.how);
    }
  } catch (const crew::root_lost& e) {
    std::fputs(fmt::format("rank {}: {}\n", comm.rank(), e.what()).c_str(), stderr);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const environment env{argc, argv, {.threads = thread_level::serialized}};
  const auto comm = env.world().duplicate();
  const auto how =
      std::find_if(modes.begin(), modes.end(), [&](const mode& m) { return argc > 1 && m.name == argv[1]; });
  if (how == modes.end()) return 2;
  std::atomic<int> begun{0};
  crew::thread_runner runner{
      [&](crew::job of, std::span<const std::byte> payload) {
        return work(*how, comm.rank(), of, payload, begun++);
      },
      how->name == "killed_at_the_end" ? 2U : 1U, false,
      [&](std::span<const std::byte>) { return how->name == "long_help" && comm.rank() != 0; }};
  if (comm.rank() != 0) {
    follow(comm, *how, runner);
    return 0;
  }
  const int status = lead(comm, *how, runner);
  std::fflush(stdout);
  cluster::leave_verdict({status, "crew_survival has ended"});
  return status;
}
