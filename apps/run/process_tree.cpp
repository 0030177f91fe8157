#include "run/process_tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <system_error>
#include <thread>
#include <unistd.h>

namespace cohort_run {
namespace {

using namespace std::chrono_literals;

constexpr auto between_signals = 500ms;
constexpr auto after_kill = 2s;
constexpr auto pause = 10ms;

/// /proc's line on a process from its state on, a letter; empty if it is gone.
std::string state_and_more(pid_t process) {
  std::ifstream in{fmt::format("/proc/{}/stat", process)};
  std::string line;
  // "pid (name) state ...": the name may hold anything.
  if (!std::getline(in, line, '\0') || line.rfind(')') == std::string::npos) return {};
  line.erase(0, std::min(line.size(), line.rfind(')') + 2));
  return line;
}

constexpr char gone = '\0';
char state_of(pid_t process) {
  const auto line = state_and_more(process);
  return line.empty() ? gone : line.front();
}

/// Takes in what has ended, but for `spared`.
void reap(pid_t spared) {
  for (const auto child : children_of(::getpid())) {
    if (child != spared) (void)::waitpid(child, nullptr, WNOHANG);
  }
}

bool any_left(pid_t spared) {
  reap(spared);
  const auto left = descendants_of(::getpid());
  return std::any_of(left.begin(), left.end(), [](pid_t each) { return runs(each); });
}

void signal_all(int number) {
  // Parents first, so that they start no others.
  const auto all = descendants_of(::getpid());
  std::for_each(all.rbegin(), all.rend(), [number](pid_t each) { (void)::kill(each, number); });
}

}  // namespace

std::vector<pid_t> children_of(pid_t process) {
  std::vector<pid_t> children;
  // A process may end while we look: its threads are then fewer than they were, which is no error.
  std::error_code ended;
  for (std::filesystem::directory_iterator thread{fmt::format("/proc/{}/task", process), ended}, end;
       !ended && thread != end; thread.increment(ended)) {
    std::ifstream in{thread->path() / "children"};
    std::copy(std::istream_iterator<pid_t>{in}, std::istream_iterator<pid_t>{}, std::back_inserter(children));
  }
  return children;
}

std::vector<pid_t> descendants_of(pid_t process) {
  std::vector<pid_t> all;
  for (const auto child : children_of(process)) {
    const auto below = descendants_of(child);
    all.insert(all.end(), below.begin(), below.end());
    all.push_back(child);
  }
  return all;
}

std::optional<std::string> variable_of(pid_t process, const std::string& name) {
  std::ifstream in{fmt::format("/proc/{}/environ", process), std::ios::binary};
  const auto begin = name + "=";
  for (std::string entry; std::getline(in, entry, '\0');) {
    if (entry.compare(0, begin.size(), begin) == 0) return entry.substr(begin.size());
  }
  return std::nullopt;
}

bool runs(pid_t process) {
  const auto state = state_of(process);
  return state != gone && state != 'Z' && state != 'X';
}

bool stopped(pid_t process) {
  const auto state = state_of(process);
  return state == 'T' || state == 't' || state == 'D';
}

std::optional<int> ended_with(pid_t process) {
  std::istringstream fields{state_and_more(process)};
  std::string each;
  if (!(fields >> each) || each != "Z") return std::nullopt;
  constexpr int exit_code = 52;  // its number; the state's is 3
  for (int at = 3; at != exit_code; ++at) fields >> each;
  const int status = std::atoi(each.c_str());
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

bool waits_for_thread(pid_t process) {
  long call = -1;
  std::ifstream{fmt::format("/proc/{}/syscall", process)} >> call;
  return call == SYS_futex;
}

void adopt_orphans() noexcept {
  (void)::prctl(PR_SET_CHILD_SUBREAPER, 1);
}

bool wait_for_descendants(std::chrono::milliseconds most, pid_t spared) {
  const auto until = std::chrono::steady_clock::now() + most;
  while (any_left(spared)) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(pause);
  }
  return true;
}

bool end_descendants(pid_t spared) {
  if (!any_left(spared)) return false;
  signal_all(SIGTERM);
  if (wait_for_descendants(between_signals, spared)) return true;
  signal_all(SIGCONT);  // what is stopped keeps SIGTERM for later, and SIGKILL needs no such help
  // What was started while we looked is seen the next time, and what is not seen twice is not there.
  const auto until = std::chrono::steady_clock::now() + after_kill;
  for (int unseen = 0; unseen != 2 && std::chrono::steady_clock::now() < until;) {
    signal_all(SIGKILL);
    std::this_thread::sleep_for(pause);
    unseen = any_left(spared) ? 0 : unseen + 1;
  }
  return true;
}

}  // namespace cohort_run
