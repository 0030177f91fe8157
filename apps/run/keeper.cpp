#include "run/keeper.hpp"

#include <cohort/cluster/sign_of_life.hpp>

#include "run/errors.hpp"
#include "run/process_tree.hpp"
#include "run/writing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <poll.h>
#include <string_view>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>

namespace cohort_run {
namespace {

using namespace std::chrono_literals;

/// From a fault-tolerant job's verdict to the end of an mpirun that hangs.
constexpr auto grace = 3s;
/// From the end of rank 0, whose process is on this host, until it cannot have left a verdict.
constexpr auto patience = 3s;
/// The same for a rank without which rank 0 cannot begin; mpirun may still be starting it.
constexpr auto start_patience = 10s;
/// Without a sign of rank 0's life: more than its workers wait for it, and than a busy file server takes.
constexpr auto silence = 20s;
/// A host that is lost while it starts takes its ssh with it, and mpirun waits for ever. Later it is the program's
/// affair.
constexpr auto starting = 30s;
/// ssh's exit status, if not that of a command.
constexpr int ssh_failed = 255;
/// For an interrupted job: mpirun takes two seconds if it is well, and twice its odls_base_sigkill_timeout.
constexpr auto interruption = 15s;
constexpr auto farewell = 2s;
constexpr auto between_looks = 250ms;
constexpr int turn = 20;  ///< milliseconds
/// A line without an end may be a prompt.
constexpr auto prompt = 200ms;
/// A second signal makes mpirun leave its ranks behind. One request may come as several, by the front and directly.
constexpr auto same_request = 1s;
/// A file that another host has made may be seen late.
constexpr auto late = 2s;

std::chrono::seconds kill_timeout() {
  const char* const text = std::getenv("OMPI_MCA_odls_base_sigkill_timeout");
  const long value = text == nullptr ? 0 : std::strtol(text, nullptr, 10);
  return std::chrono::seconds{value > 0 && value < 86400 ? 2 * value : 0};
}

void write_all(std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(STDERR_FILENO, text.data(), text.size());
    if (written < 0 && errno == EAGAIN) {
      (void)writable(STDERR_FILENO, turn);
    } else if (written < 0 && errno != EINTR) {
      return;  // nobody reads it: the job goes on
    }
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
}

/// Its ends to read from and to write to.
std::pair<descriptor, descriptor> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw run_error{fmt::format("no pipe can be made ({}); raise the limit of open files", std::strerror(errno))};
  }
  return {descriptor{ends[0]}, descriptor{ends[1]}};
}

}  // namespace

keeper::keeper(const launch& what, const settings& how, const signals& watched)
    : launch_{what}, settings_{how}, signals_{watched}, filter_{[&how] {
        const auto said = cohort::cluster::read_verdict(how.verdict);
        return said && said->status != 0;
      }} {
  ending_.fault_tolerant = how.fault_tolerant;
}

void keeper::start() {
  auto [our_errors, theirs] = make_pipe();
  errors_ = std::move(our_errors);
  auto [our_output, their_output] = make_pipe();
  relay_ = output_relay{std::move(our_output)};
  descriptor their_input;
  if (settings_.own_group) {
    auto [input, ours] = make_pipe();
    their_input = std::move(input);
    input_ = input_relay{std::move(ours)};
  }
  (void)::fcntl(errors_.get(), F_SETFL, O_NONBLOCK);

  if (!launch_.relayed) output_.emplace(STDOUT_FILENO, STDERR_FILENO);

  std::vector<char*> argv;
  argv.reserve(launch_.arguments.size() + 1);
  for (const auto& each : launch_.arguments) argv.push_back(const_cast<char*>(each.c_str()));
  argv.push_back(nullptr);

  started_ = clock::now();
  const auto self = ::getpid();
  mpirun_ = ::fork();
  if (mpirun_ < 0) {
    throw run_error{fmt::format("mpirun cannot be started ({}); end other processes first", std::strerror(errno))};
  }
  if (mpirun_ > 0) return;
  // The child, which is single-threaded as its parent is.
  (void)::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != self) ::_exit(error_status);
  // mpirun would die of SIGHUP at once, and leave its ranks. We tell it in a way that it understands.
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGHUP, &ignore, nullptr);
  struct sigaction usual {};
  usual.sa_handler = SIG_DFL;
  ::sigaction(SIGPIPE, &usual, nullptr);
  signals_.release();
  ::dup2(theirs.get(), STDERR_FILENO);
  ::dup2(their_output.get(), STDOUT_FILENO);
  if (their_input) ::dup2(their_input.get(), STDIN_FILENO);
  for (const auto& [name, value] : launch_.environment) ::setenv(name.c_str(), value.c_str(), 1);
  ::setenv("COHORT_OUTPUT", output_ ? output_->name().c_str() : "", 1);
  ::execvp(argv[0], argv.data());
  write_all(
      fmt::format("cohort-run: {} cannot be started ({}); install Open MPI (Debian: openmpi-bin), or load its "
                  "module, so that it is in PATH\n",
                  argv[0], std::strerror(errno)));
  ::_exit(error_status);
}

void keeper::take_signal(const siginfo_t& what) {
  const int number = what.si_signo;
  if (number == 0 || number == SIGCHLD || number == SIGTSTP) return;  // the front stops mpirun itself
  if (signals::ends(number) && ending_.interrupted_by == 0) {
    ending_.interrupted_by = number;
    interrupted_since_ = clock::now();
  }
  if (ended_) return;
  if (signals::ends(number)) {
    const auto now = clock::now();
    if (told_to_end_ && now < *told_to_end_ + same_request) return;
    told_to_end_ = now;
  }
  if (number == SIGHUP) {
    (void)::kill(mpirun_, SIGTERM);
  } else if (settings_.own_group || !signals::from_terminal(what)) {
    (void)::kill(mpirun_, number);
  }
}

void keeper::read_errors() {
  if (!errors_ || !unwritten_.empty()) return;
  std::array<char, 16384> bytes{};
  const auto got = ::read(errors_.get(), bytes.data(), bytes.size());
  if (got == 0) errors_.reset();
  if (got <= 0) return;
  last_output_ = clock::now();
  watch_.see({bytes.data(), static_cast<std::size_t>(got)});
  unwritten_ = filter_.pass({bytes.data(), static_cast<std::size_t>(got)});
}

void keeper::write_errors() {
  if (unwritten_.empty() && filter_.keeps() && clock::now() > last_output_ + prompt) unwritten_ = filter_.rest();
  while (!unwritten_.empty() && writable(STDERR_FILENO)) {
    const auto written = ::write(STDERR_FILENO, unwritten_.data(), std::min(unwritten_.size(), at_once));
    if (written > 0) {
      unwritten_.erase(0, static_cast<std::size_t>(written));
    } else if (errno != EINTR && errno != EAGAIN) {
      unwritten_.clear();  // nobody reads it: the job goes on
    } else {
      return;
    }
  }
}

/// A closed pipe ends the job, as SIGPIPE ends a program. On a full disk it goes on: it may have more to do than to
/// print.
void keeper::take_output_error() {
  if (relay_.error() == 0 || ending_.output_error != 0) return;
  ending_.output_error = relay_.error();
  if (relay_.error() != EPIPE) {
    unwritten_ += fmt::format(
        "cohort-run: cannot write to standard output ({}; the rest of it is lost, the job goes on); make room, and "
        "run it again\n",
        std::strerror(relay_.error()));
  } else if (!ended_ && ending_.interrupted_by == 0) {
    ending_.interrupted_by = SIGPIPE;
    told_to_end_ = interrupted_since_ = clock::now();
    (void)::kill(mpirun_, SIGTERM);
  }
}

/// What is left when the job has ended. Its reader may take its time; if it has stopped, a signal ends this, as
/// does one that has ended the job.
void keeper::finish_output() {
  auto moved = clock::now();
  for (bool more = true; more;) {
    if (unwritten_.empty()) {
      read_errors();
      more = !unwritten_.empty();
    }
    if (!more && filter_.keeps()) {
      unwritten_ = filter_.rest();
      more = true;
    }
    const bool relayed = relay_.move();
    take_output_error();
    more = more || relayed || relay_.holds() || !unwritten_.empty();
    const auto before = unwritten_.size();
    write_errors();
    if (relayed || unwritten_.size() != before) moved = clock::now();
    if (!unwritten_.empty()) {
      (void)writable(STDERR_FILENO, turn);
    } else if (relay_.holds()) {
      (void)writable(STDOUT_FILENO, turn);
    }
    const auto what = signals_.next({0, 0});
    if (signals::ends(what.si_signo)) ending_.interrupted_by = what.si_signo;
    if (ending_.interrupted_by != 0 && clock::now() > moved + farewell) return;
  }
}

void keeper::take_end() {
  int status = 0;
  if (ended_) return;
  const auto child = ::waitpid(mpirun_, &status, WNOHANG);
  ended_ = child == mpirun_ || (child < 0 && errno == ECHILD);
  if (child != mpirun_) return;
  ending_.mpirun_killed = WIFSIGNALED(status);
  ending_.mpirun = ending_.mpirun_killed ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

void keeper::look() {
  const auto now = clock::now();
  if (now < next_look_) return;
  const auto last_look = std::exchange(next_look_, now + between_looks) - between_looks;
  if (!verdict_since_ && cohort::cluster::read_verdict(settings_.verdict)) verdict_since_ = now;
  // mpirun may still have to write what rank 0 has said, to a reader that takes its time.
  if (verdict_since_ && (relay_.holds() || !writable(STDOUT_FILENO))) verdict_since_ = now;
  if (settings_.fault_tolerant) look_for_root(last_look);
  const bool may_write = unwritten_.empty() && !relay_.holds() && writable(STDOUT_FILENO);
  hang_.look(mpirun_, !may_write || now > last_look + late);
}

/// Its process, if that is on this host; and what it writes, wherever it is.
void keeper::look_for_root(clock::time_point last_look) {
  const auto now = clock::now();
  // What mpirun starts later, in the place of a lost rank, is the rank 0 of a world of its own.
  if (root_ == 0 && (!sign_ || cohort::cluster::says_starting(*sign_))) {
    for (const auto each : children_of(mpirun_)) {
      if (variable_of(each, "OMPI_COMM_WORLD_RANK") == "0") root_ = each;
    }
  } else if (root_ != 0 && !root_lost_since_ && !runs(root_)) {
    root_lost_since_ = now;
  }
  if (root_ == 0 && !sign_ && now < started_ + starting) {
    for (const auto each : children_of(::getpid())) {
      int status = 0;
      if (each == mpirun_ || ::waitpid(each, &status, WNOHANG) != each) continue;
      ending_.start_failed |= WIFEXITED(status) && WEXITSTATUS(status) == ssh_failed;
    }
  }
  auto sign = cohort::cluster::read_sign(settings_.verdict);
  // If we have been stopped, or the file server was, nobody knows who has been silent.
  const bool late_look = now > last_look + late;
  if (sign && (sign != sign_ || late_look)) {
    sign_ = std::move(sign);
    sign_since_ = now;
  }
  look_for_ranks();
  root_silent_ = sign_ && now > sign_since_ + silence;
}

/// While rank 0 waits for all, none may end: there are as many here as mpirun has started. Those on other hosts are
/// not seen.
void keeper::look_for_ranks() {
  unsigned long living = 0;
  unsigned long started = 0;
  if (sign_ && cohort::cluster::says_starting(*sign_) && !root_lost_since_) {
    for (const auto each : children_of(mpirun_)) {
      const auto number = variable_of(each, "OMPI_COMM_WORLD_LOCAL_SIZE");
      if (!number || !runs(each)) continue;
      ++living;
      started = std::strtoul(number->c_str(), nullptr, 10);
    }
  }
  if (living >= started) {
    rank_lost_since_.reset();
  } else if (!rank_lost_since_) {
    rank_lost_since_ = clock::now();
  }
}

bool keeper::overdue() const {
  const auto past = [now = clock::now()](const std::optional<clock::time_point>& since, auto by) {
    return since && now > *since + by;
  };
  const bool verdict_counts = settings_.fault_tolerant || ending_.interrupted_by != 0;
  return (verdict_counts && past(verdict_since_, grace + kill_timeout())) || ending_.start_failed ||
         (!verdict_since_ &&
          (root_silent_ || past(root_lost_since_, patience) || past(rank_lost_since_, start_patience))) ||
         hang_.hangs(kill_timeout()) || past(interrupted_since_, interruption + kill_timeout());
}

void keeper::wait_a_moment() const {
  std::vector<pollfd> all;
  if (!unwritten_.empty()) {
    all.push_back({STDERR_FILENO, POLLOUT, 0});
  } else if (errors_) {
    all.push_back({errors_.get(), POLLIN, 0});
  }
  if (output_) all.push_back({output_->socket(), POLLIN, 0});
  input_.watch(all);
  relay_.watch(all);
  (void)::poll(all.data(), all.size(), turn);
}

int keeper::run() {
  adopt_orphans();
  std::signal(SIGPIPE, SIG_IGN);
  start();
  while (!ended_ && !overdue()) {
    wait_a_moment();
    read_errors();
    write_errors();
    input_.move();
    (void)relay_.move();
    take_output_error();
    if (output_) output_->answer(mpirun_);
    take_signal(signals_.next({0, 0}));
    look();
    take_end();
  }
  const bool forced = !ended_;
  ending_.hung = forced && !settings_.fault_tolerant && hang_.hangs(kill_timeout());
  const int ranks = ending_.hung ? worst_of_ranks(mpirun_) : 0;
  // Its srun and ssh need a moment to notice that mpirun has ended in order.
  if (forced || !wait_for_descendants(farewell)) (void)end_descendants(mpirun_);
  take_end();
  if (forced) {  // what we did to it says nothing
    ending_.mpirun.reset();
    ending_.mpirun_killed = false;
  }
  if (ending_.hung) ending_.mpirun = ranks;
  finish_output();
  ending_.verdict = cohort::cluster::read_verdict(settings_.verdict);
  if (!ending_.verdict && settings_.fault_tolerant && ending_.mpirun.value_or(1) == 0) {
    const auto until = clock::now() + late;
    while (!ending_.verdict && clock::now() < until) {
      // To look into its folder makes NFS ask the server again.
      std::error_code ignored;
      for ([[maybe_unused]] const auto& each :
           std::filesystem::directory_iterator{std::filesystem::path{settings_.verdict}.parent_path(), ignored})
        continue;
      std::this_thread::sleep_for(between_looks);
      ending_.verdict = cohort::cluster::read_verdict(settings_.verdict);
    }
  }
  ending_.not_started = watch_.failed();
  ending_.rank_lost = forced && rank_lost_since_.has_value();
  ending_.root_lost = root_lost_since_.has_value() || root_silent_;
  const auto result = judge(ending_);
  if (result.message.empty()) return result.status;
  unwritten_ += fmt::format("cohort-run: {}\n", result.message);
  finish_output();
  return result.status;
}

}  // namespace cohort_run
