#include <cohort/pattern/detail/surviving.hpp>
#include <cohort/pattern/executor/detail/executor_core.hpp>

#include <algorithm>

/// What follows when a rank is lost, beside what the scheduler does.
namespace cohort::detail {

void executor_core::lost(dispatch::worker_id worker, std::string_view why) {
  tell_loss("executor", static_cast<int>(worker), coordinator_.host(worker), why);
  // What it ran runs again and submits its tasks again: nobody waits for those of the first time.
  std::vector<std::uint64_t> orphans;
  for (auto each = nested_.begin(); each != nested_.end();) {
    if (each->first >> nested_bits != worker) {
      ++each;
      continue;
    }
    orphans.push_back(each->second);
    each = nested_.erase(each);
  }
  // Nor can what only lost ranks served run any more; who waits for it would keep its slot for ever.
  for (const auto& [key, task] : nested_) {
    if (!served(entries_[task].queue)) orphans.push_back(task);
  }
  for (const auto task : orphans) coordinator_.scheduler().cancel(task);
  if (data_) data_->lost(worker, data_teller());
}

/// A rank that serves the queue is left.
bool executor_core::served(dispatch::queue_id queue) const {
  const auto& gone = coordinator_.lost();
  for (dispatch::worker_id w = 0; w != coordinator_.ranks(); ++w) {
    if (local_->queues().serves(static_cast<int>(w), queue) && std::find(gone.begin(), gone.end(), w) == gone.end())
      return true;
  }
  return false;
}

}  // namespace cohort::detail
