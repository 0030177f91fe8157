#include <cohort/core/detail/deadline.hpp>
#include <cohort/pattern/crew/clock.hpp>
#include <cohort/pattern/crew/coordinator.hpp>

#include <algorithm>
#include <chrono>
#include <thread>

/// How the root lets its crew go.
namespace cohort::crew {

std::vector<coordinator::leftover> coordinator::dismiss(dispatch::duration grace, const last_word& say) {
  grace = cohort::detail::time_limit{grace}.length();  // every rank adds it to its clock
  // Where ranks may be lost, one that has not said hello yet may still read the letters of an earlier crew on this
  // communicator, and would take the word for that one's.
  std::vector<bool> told(letters_.size(), false);
  const auto tell_those_here = [&] {
    for (std::size_t w = 0; w != letters_.size(); ++w) {
      if (w == self_ || told[w] || (silence_ && hosts_[w].empty())) continue;
      told[w] = true;
      to(static_cast<dispatch::worker_id>(w)).add(word::leave, {}, grace.count());
    }
    flush();
  };
  tell_those_here();
  const auto leave_by = now() + grace;
  const auto all_gone = [this] { return std::find(gone_.begin(), gone_.end(), false) == gone_.end(); };
  while (!all_gone() || (local_.unfinished() != 0 && now() < leave_by)) {
    step(backoff::longest);
    if (silence_) tell_those_here();
  }
  if (local_.unfinished() != 0) leftovers_.push_back({self_, local_.unfinished()});
  if (silence_) {
    part(say);
  } else {
    post_.drain();
  }
  return leftovers_;
}

/// Tells those that wait to be told whether anybody was lost that they may go.
void coordinator::part(const last_word& say) {
  const auto text = say ? say() : std::vector<std::byte>{};
  for (dispatch::worker_id w = 0; w != ranks(); ++w) {
    if (w == self_ || is_lost(w)) continue;
    if (say) to(w).add(word::note, {}, 0, text);
    to(w).add(word::farewell, {}, static_cast<std::int64_t>(lost_ranks()));
  }
  flush();
  const auto listen_on = [this](dispatch::duration length, auto&& until) {
    for (const auto end = now() + length; now() < end && !until();) {
      // Without a loss another crew may follow on this communicator: what its ranks say is for that one.
      while (lost_ranks() != 0 && inbox_.next()) {
      }
      post_.sweep();
      std::this_thread::sleep_for(std::chrono::microseconds{200});
    }
  };
  listen_on(survival_.dead_after, [this] { return post_.empty(); });
  // Nobody will meet in MPI_Finalize: who ends too early closes connections in which something is still on its way.
  if (lost_ranks() != 0) listen_on(std::chrono::milliseconds{500}, [] { return false; });
}

}  // namespace cohort::crew
