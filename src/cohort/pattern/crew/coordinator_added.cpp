#include <cohort/core/error.hpp>
#include <cohort/pattern/crew/coordinator.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

/// Workers that come and go while the crew runs.
namespace cohort::crew {

dispatch::worker_id coordinator::add_runner(runner& more, std::string host) {
  more_.push_back({&more, std::move(host)});
  const auto worker = static_cast<dispatch::worker_id>(workers() - 1);
  scheduler_.worker_joined(worker, more.slots());
  return worker;
}

void coordinator::remove_runner(dispatch::worker_id worker) {
  auto& leaving = staying(worker);
  scheduler_.drain(worker);
  act();  // what it was to hear before
  for (const auto& back : leaving.runs->give_back(leaving.runs->unfinished())) take_back(worker, back);
  (void)collect(worker, *leaving.runs, dispatch::duration{0});
  leaving.runs = nullptr;
  scheduler_.worker_lost(worker);
  act();
}

void coordinator::rest_runner(dispatch::worker_id worker) {
  auto& resting = staying(worker);
  scheduler_.drain(worker);
  act();  // what it was to hear before
  for (const auto& back : resting.runs->give_back(resting.runs->unfinished())) take_back(worker, back);
}

void coordinator::lose_runner(dispatch::worker_id worker, const std::string& why) {
  staying(worker).runs = nullptr;
  lost_.push_back(worker);
  scheduler_.worker_lost(worker);
  program_.lost(worker, why);
}

coordinator::added& coordinator::staying(dispatch::worker_id worker) {
  if (worker < ranks() || worker >= workers() || has_gone(worker)) {
    throw argument_error{fmt::format(
        "worker {} cannot be taken away (it is a rank, or has gone, or never came); pass a number that add_runner "
        "returned, once",
        worker)};
  }
  return more_[worker - ranks()];
}

std::size_t coordinator::lost_ranks() const {
  return static_cast<std::size_t>(
      std::count_if(lost_.begin(), lost_.end(), [this](dispatch::worker_id w) { return w < ranks(); }));
}

}  // namespace cohort::crew
