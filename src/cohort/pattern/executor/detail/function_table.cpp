#include <cohort/core/exception_text.hpp>
#include <cohort/pattern/executor/detail/function_table.hpp>

namespace cohort::detail {

std::uint32_t function_table::look_up(travel::function_key which, const std::type_info* name) {
  const auto [place, is_new] = places_.try_emplace(which.bits(), static_cast<std::uint32_t>(reports_.size()));
  if (is_new) {
    reports_.emplace_back();
    costs_.emplace_back();
    reports_.back().name = name != nullptr ? type_name(*name) : "a function that tasks submit";
  }
  return place->second;
}

}  // namespace cohort::detail
