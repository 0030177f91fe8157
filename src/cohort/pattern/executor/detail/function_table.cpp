#include <cohort/core/exception_text.hpp>
#include <cohort/pattern/executor/detail/function_table.hpp>

namespace cohort::detail {

std::uint32_t function_table::find(remote::function_key invoker, const std::type_info* name) {
  std::uint64_t key = 0;
  std::memcpy(&key, &invoker, sizeof key);
  const auto [place, is_new] = places_.try_emplace(key, static_cast<std::uint32_t>(reports_.size()));
  if (is_new) {
    reports_.emplace_back();
    reports_.back().name = name != nullptr ? type_name(*name) : "a function that tasks submit";
  }
  return place->second;
}

}  // namespace cohort::detail
