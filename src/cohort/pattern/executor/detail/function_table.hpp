#pragma once

#include <cohort/pattern/executor/statistics.hpp>
#include <cohort/pattern/travel/module_table.hpp>

#include <cstdint>
#include <typeinfo>
#include <unordered_map>
#include <vector>

namespace cohort::detail {

/// Counts per function, which is known by the invoker that calls it.
class function_table {
 public:
  /// The function's place in all(); `name` is its type, null if it is not known here.
  [[nodiscard]] std::uint32_t find(travel::function_key invoker, const std::type_info* name);

  [[nodiscard]] function_report& operator[](std::uint32_t place) { return reports_[place]; }
  [[nodiscard]] const std::vector<function_report>& all() const noexcept { return reports_; }

 private:
  std::unordered_map<std::uint64_t, std::uint32_t> places_;
  std::vector<function_report> reports_;
};

}  // namespace cohort::detail
