#include <cohort/core/error.hpp>
#include <cohort/dispatch/learned_duration.hpp>

#include <algorithm>
#include <utility>

namespace cohort::dispatch {

learned_duration::learned_duration(double confidence, std::size_t window) : confidence_{confidence} {
  if (!(confidence > 0 && confidence < 1)) {
    throw argument_error("confidence is not between 0 and 1 (it is a probability); pass 0.95, for example");
  }
  if (window == 0) throw argument_error("window is 0 (nothing would be remembered); pass at least 1");
  records_.resize(window);
}

std::uint64_t learned_duration::begun(time_point now) {
  records_[static_cast<std::size_t>(next_ % records_.size())] = {now, {}, stage::running};
  return next_++;
}

learned_duration::record* learned_duration::find(std::uint64_t number) {
  if (number >= next_ || next_ - number > records_.size()) return nullptr;
  return &records_[static_cast<std::size_t>(number % records_.size())];
}

void learned_duration::ended(std::uint64_t number, duration took) {
  auto* const found = find(number);
  if (found == nullptr) return;
  found->took = std::max(took, duration{0});
  found->state = stage::ended;
}

void learned_duration::withdrawn(std::uint64_t number) {
  if (auto* const found = find(number)) found->state = stage::withdrawn;
}

std::optional<duration> learned_duration::bound(time_point now, duration timeout) const {
  std::vector<std::pair<duration, bool>> known;  // and whether it is not the whole
  known.reserve(records_.size());
  for (const auto& each : records_) {
    if (each.state == stage::ended) known.emplace_back(each.took, false);
    if (each.state == stage::running) known.emplace_back(std::max(now - each.begun, duration{0}), true);
  }
  if (known.empty()) return std::nullopt;
  std::sort(known.begin(), known.end());

  const auto within = [timeout](duration d) { return timeout > duration{0} ? std::min(d, timeout) : d; };
  double longer = 1;                                     // probability
  auto at_risk = static_cast<double>(known.size()) + 1;  // the next one too
  constexpr double rounding = 1e-9;
  for (const auto& [length, more] : known) {
    if (!more) longer *= 1 - 1 / at_risk;
    if (longer <= 1 - confidence_ + rounding) return within(length);
    at_risk -= 1;
  }
  const auto greatest = known.back().first;
  return within(greatest <= duration::max() / 2 ? greatest + greatest / 8 : duration::max());
}

}  // namespace cohort::dispatch
