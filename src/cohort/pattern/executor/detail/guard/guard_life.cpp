#include <cohort/core/detail/forbid_mpi.hpp>
#include <cohort/pattern/executor/detail/failure_record.hpp>
#include <cohort/pattern/executor/detail/guard/guard_life.hpp>
#include <cohort/pattern/executor/detail/guard/guarded_data.hpp>
#include <cohort/pattern/executor/detail/guard/guarded_home.hpp>
#include <cohort/pattern/executor/detail/nested_note.hpp>
#include <cohort/pattern/executor/detail/remote_call.hpp>
#include <cohort/serial/pack.hpp>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <iostream>
#include <memory>
#include <optional>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace cohort::detail {
namespace {

/// A child that initialised MPI must not be taken for its rank.
void forget_job() {
  std::vector<std::string> names;
  for (char** each = environ; each != nullptr && *each != nullptr; ++each) {
    const std::string_view text{*each};
    for (const std::string_view prefix : {"PMIX_", "OMPI_MCA_ess", "OMPI_MCA_orte", "OMPI_MCA_pmix"}) {
      if (text.substr(0, prefix.size()) == prefix) names.emplace_back(text.substr(0, text.find('=')));
    }
  }
  for (const auto& name : names) ::unsetenv(name.c_str());
}

/// If memory runs out, the kernel should take this process rather than a rank.
void offer_to_memory_killer() {
  const descriptor file{::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC)};
  constexpr std::string_view most = "1000";
  [[maybe_unused]] const auto written = ::write(file.get(), most.data(), most.size());
}

void flush_output() {
  std::cout.flush();
  std::fflush(nullptr);
}

/// std::exit in a task ends the child; what the program does at its end is the rank's to do.
void leave_by_exit(int status, void*) {
  flush_output();
  ::_exit(status);
}

}  // namespace

guard_life::guard_life(descriptor control, std::shared_ptr<const exception_types> exceptions, rank_state state,
                       std::span<const int> heeded)
    : control_{std::move(control)},
      // A table of types, not an exception. NOLINTNEXTLINE(bugprone-throw-keyword-missing)
      exceptions_{std::move(exceptions)},
      state_{std::move(state)} {
  // Not in the rank's group: what ends that group must leave somebody to end the children's.
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  sigset_t wanted;
  sigemptyset(&wanted);
  sigaddset(&wanted, SIGCHLD);
  sigaddset(&wanted, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &wanted, &before_);
  for (const int each : {SIGTERM, SIGINT, SIGHUP, SIGCHLD}) std::signal(each, SIG_DFL);
  std::signal(SIGPIPE, SIG_IGN);
  for (const int each : heeded) {
    if (each == SIGTERM) {
      outlives_term_ = true;  // its children do not
    } else {
      std::signal(each, SIG_IGN);
    }
  }
  signals_.reset(::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK));
  const descriptor nothing_to_read{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
  ::dup2(nothing_to_read.get(), STDIN_FILENO);
  forget_job();
}

void guard_life::live() {
  for (;;) {
    std::array<pollfd, 2> on{pollfd{control_.get(), POLLIN, 0}, pollfd{signals_.get(), POLLIN, 0}};
    if (::poll(on.data(), on.size(), -1) < 0 && errno != EINTR) end();
    signalfd_siginfo what{};
    while (::read(signals_.get(), &what, sizeof what) == ssize_t{sizeof what}) {
      if (what.ssi_signo == SIGTERM && !outlives_term_) end();
    }
    reap(false);
    if (on[0].revents != 0) obey(receive_message(control_.get()));
  }
}

void guard_life::obey(message&& said) {
  if (said.text.size() < sizeof(guard_order)) end();  // the rank is gone
  std::span<const std::byte> text{said.text};
  const auto what = take_head<guard_order>(text);
  switch (what.what) {
    case guard_order::kind::setup:
      setup_ = serial::unpack<guard_setup>(text);
      modules_ = std::make_shared<travel::module_table>(setup_.modules);
      break;
    case guard_order::kind::launch:
      launch(what, std::move(said.with[0]), std::move(said.with[1]));
      break;
    case guard_order::kind::kill:
      for (const auto& [pid, each] : children_) {
        if (each.number == what.number) ::kill(-pid, what.signal);
      }
  }
}

void guard_life::launch(const guard_order& what, descriptor data, descriptor status) {
  const auto pid = ::fork();
  if (pid == 0) {
    status.reset();  // only this process says how the child ended
    be_child(what, std::move(data));
  }
  if (pid < 0) return;  // the pipe ends without a word
  ::setpgid(pid, pid);  // as the child does: whoever is first
  children_.emplace(pid, child{what.number, std::move(status)});
}

void guard_life::be_child(const guard_order& what, descriptor data) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  children_.clear();
  control_.reset();
  signals_.reset();
  ::sigprocmask(SIG_SETMASK, &before_, nullptr);
  std::signal(SIGPIPE, SIG_DFL);
  offer_to_memory_killer();
  forbid_mpi("environment: a guarded task cannot use MPI (its process is no rank of the job); run it unguarded");
  ::on_exit(&leave_by_exit, nullptr);
  std::vector<std::byte> frame(what.bytes);
  if (!read_all(data.get(), frame)) ::_exit(1);  // the rank is gone
  const enrolled data_found_here{0, std::make_shared<guarded_data>(data.get())};
  std::optional<kept_state> state{std::in_place, state_};
  guarded_home home{modules_, exceptions_, *state};
  auto here = home.context(setup_.rank, setup_.host, what);
  std::vector<std::byte> out;
  guard_outcome head;
  try {
    const auto call = reinterpret_cast<invoker>(const_cast<void*>(modules_->address(what.invoker)));
    const auto begun = task_home::clock::now();
    out.resize(sizeof(std::int64_t));
    call(here, frame, out, *modules_);
    const std::int64_t took = (task_home::clock::now() - begun).count();
    std::memcpy(out.data(), &took, sizeof took);
    head.what = guard_outcome::kind::succeeded;
  } catch (...) {
    out.clear();
    append_packed(out, record_failure(here));
  }
  state.reset();
  flush_output();
  head.bytes = out.size();
  const bool told = write_all(data.get(), std::as_bytes(std::span{&head, 1})) && write_all(data.get(), out);
  ::_exit(told ? 0 : 1);
}

void guard_life::reap(bool wait) {
  while (!children_.empty()) {
    siginfo_t which{};
    if (::waitid(P_ALL, 0, &which, WEXITED | WNOWAIT | (wait ? 0 : WNOHANG)) != 0 || which.si_pid == 0) return;
    const auto pid = which.si_pid;
    ::kill(-pid, SIGKILL);  // what the task has left behind; the number is still taken
    int status = 0;
    ::waitpid(pid, &status, 0);
    if (const auto found = children_.find(pid); found != children_.end()) {
      [[maybe_unused]] const auto written = ::write(found->second.status.get(), &status, sizeof status);
      children_.erase(found);
    }
  }
}

void guard_life::end() {
  for (const auto& [pid, each] : children_) ::kill(-pid, SIGKILL);
  for (auto& [pid, each] : children_) each.status.reset();
  reap(true);
  ::_exit(0);
}

}  // namespace cohort::detail
