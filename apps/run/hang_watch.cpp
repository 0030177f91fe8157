#include "run/hang_watch.hpp"

#include "run/process_tree.hpp"

#include <algorithm>
#include <csignal>

namespace cohort_run {
namespace {

using namespace std::chrono_literals;

/// From the end of the last rank here until mpirun, which has not taken notice, is taken to hang: it sleeps in
/// between, and is woken at once, unless it waits for its odls_base_sigkill_timeout, twice.
constexpr auto torpor = 10s;

}  // namespace

void hang_watch::look(pid_t mpirun, bool excused) {
  const auto all = children_of(mpirun);
  const bool ended = std::none_of(all.begin(), all.end(), runs) && (!all.empty() || waits_for_thread(mpirun));
  if (!ended || excused || stopped(mpirun)) {
    since_.reset();
  } else if (!since_) {
    since_ = clock::now();
  }
}

bool hang_watch::hangs(std::chrono::seconds pauses) const {
  return since_ && clock::now() > *since_ + torpor + pauses;
}

int worst_of_ranks(pid_t mpirun) {
  int worst = 0;
  for (const auto each : children_of(mpirun)) {
    const int status = ended_with(each).value_or(0);
    const auto rank = [](int s) { return s == 0 ? 0 : s == 128 + SIGTERM || s == 128 + SIGKILL ? 1 : 2; };
    if (rank(status) > rank(worst)) worst = status;
  }
  return worst;
}

}  // namespace cohort_run
