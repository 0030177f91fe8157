#pragma once

#include <cstdint>
#include <string_view>
#include <type_traits>
#include <typeinfo>

namespace cohort::detail {

/// A type, as the ranks of one program know it.
struct type_tag {
  std::uint64_t hash = 0;
  std::string_view name;
};
template <class T>
constexpr std::string_view type_name() {
  constexpr std::string_view all = __PRETTY_FUNCTION__;
  constexpr std::string_view before = "T = ";
  const auto begin = all.find(before) + before.size();
  const auto semicolon = all.find(';', begin);
  return all.substr(begin, (semicolon == all.npos ? all.rfind(']') : semicolon) - begin);
}
template <class T>
type_tag tag_of() {
  if constexpr (std::is_void_v<T>) {
    return {};
  } else {
    return {typeid(T).hash_code(), type_name<T>()};  // two lambdas may have one name, but never one typeid
  }
}

}  // namespace cohort::detail
