#pragma once

#include <cohort/core/datatype.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <ranges>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

namespace cohort::serial::detail {

template <class T, template <class...> class Of>
inline constexpr bool is_specialization = false;
template <class... Args, template <class...> class Of>
inline constexpr bool is_specialization<Of<Args...>, Of> = true;

template <class T>
concept tuple_like =
    is_specialization<T, std::tuple> || is_specialization<T, std::pair> || cohort::detail::is_std_array<T>::value;

/// Owning, resizable sequences and associative containers of the standard's shape.
template <class T>
concept container = std::ranges::sized_range<T> && !cohort::detail::is_view<T> && requires(T & c) {
  typename T::value_type;
  c.clear();
};

/// Has serialize(archive, version), as Boost.Serialization knows it.
template <class T, class Archive>
concept has_serialize_member = requires(T& object, Archive& archive) {
  object.serialize(archive, 0U);
};

}  // namespace cohort::serial::detail
