#pragma once

#include <cohort/pattern/executor/statistics.hpp>
#include <cohort/pattern/travel/module_table.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <typeinfo>
#include <unordered_map>
#include <utility>
#include <vector>

namespace cohort::detail {

/// Counts per function, which is known by the invoker that calls it.
class function_table {
 public:
  /// The function's place in all(); `name` is its type, null if it is not known here.
  [[nodiscard]] std::uint32_t find(travel::function_key called, const std::type_info* name) {
    if (last_.first != called.bits()) last_ = {called.bits(), look_up(called, name)};
    return last_.second;
  }

  [[nodiscard]] function_report& operator[](std::uint32_t place) { return reports_[place]; }
  [[nodiscard]] const std::vector<function_report>& all() const noexcept { return reports_; }

  /// A call has taken so long on a rank it was sent to, where all was cold: there it only tells what is worth a
  /// trial.
  void learn_sent(std::uint32_t place, std::chrono::nanoseconds took) noexcept {
    auto& of = costs_[place];
    of.sent.add(took);
    if (of.own.calls >= needed && of.own.mean > tiny && ++of.since_trial == trial_after) of = {of.sent, {}, 0};
  }
  /// The same of a call by the thread that waits.
  void learn_own(std::uint32_t place, std::chrono::nanoseconds took) noexcept { costs_[place].own.add(took); }
  /// Whether a call costs less than a message and what both ends do for it: on average over the last 64 or so that
  /// were not sent; or it may, and is to be tried.
  [[nodiscard]] bool is_tiny(std::uint32_t place) const noexcept {
    const auto& of = costs_[place];
    return of.own.calls >= needed ? of.own.mean <= tiny : of.sent.calls >= needed && of.sent.mean <= worth_a_trial;
  }

  /// What a call by the thread that waits takes, in ns; nothing as long as too few are known.
  [[nodiscard]] std::optional<double> own_cost(std::uint32_t place) const noexcept {
    const auto& own = costs_[place].own;
    return own.calls >= needed ? std::optional{own.mean} : std::nullopt;
  }

 private:
  static constexpr int needed = 16;
  static constexpr int remembered = 64;
  static constexpr int trial_after = 256;
  static constexpr double tiny = 1'000;  // ns
  static constexpr double worth_a_trial = 10'000;
  struct average {
    int calls = 0;  ///< counted up to `remembered`
    double mean = 0;
    void add(std::chrono::nanoseconds took) noexcept {
      if (calls != remembered) ++calls;
      // One call that was interrupted shall not count as a thousand, but one in twenty shall.
      mean += (std::min(static_cast<double>(took.count()), 20 * tiny) - mean) / calls;
    }
  };
  struct cost {
    average sent;
    average own;
    int since_trial = 0;  ///< calls sent since own ones were found to be too dear
  };

  [[nodiscard]] std::uint32_t look_up(travel::function_key called, const std::type_info* name);

  std::pair<std::uint64_t, std::uint32_t> last_{~std::uint64_t{0}, 0};  ///< mostly it is the same again
  std::unordered_map<std::uint64_t, std::uint32_t> places_;
  std::vector<function_report> reports_;
  std::vector<cost> costs_;
};

}  // namespace cohort::detail
