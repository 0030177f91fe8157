#pragma once

#include <cohort/core/datatype.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <ranges>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

namespace cohort::serial::detail {

/// For a static_assert that fails where it is instantiated.
template <class>
inline constexpr bool never = false;

template <class T, template <class...> class Of>
inline constexpr bool is_specialization = false;
template <class... Args, template <class...> class Of>
inline constexpr bool is_specialization<Of<Args...>, Of> = true;

template <class T>
concept tuple_like =
    is_specialization<T, std::tuple> || is_specialization<T, std::pair> || cohort::detail::is_std_array<T>::value;

/// A class whose objects may be of a derived class, which a pointer to it does not tell.
template <class T>
inline constexpr bool needs_dynamic_type = std::is_polymorphic_v<T> && !std::is_final_v<T>;

/// Plain, but not every run of bytes makes one: a bool is 0 or 1, an index is in range. Read part by part.
template <class T>
inline constexpr bool has_invalid_bytes =
    std::is_same_v<T, bool> || is_specialization<T, std::optional> || is_specialization<T, std::variant>;
template <class T, std::size_t N>
inline constexpr bool has_invalid_bytes<std::array<T, N>> = has_invalid_bytes<T>;
template <class T, class U>
inline constexpr bool has_invalid_bytes<std::pair<T, U>> = has_invalid_bytes<T> || has_invalid_bytes<U>;

/// Encoded as its bytes, and a run of them as one.
template <class T>
concept flat = plain<T> && !has_invalid_bytes<T>;
template <class R>
concept flat_range = plain_range<R> && flat<std::remove_cv_t<std::ranges::range_value_t<R>>>;

/// Owning, resizable sequences and associative containers of the standard's shape; and std::valarray.
template <class T>
concept container = std::ranges::sized_range<T> && !cohort::detail::is_view<T> && requires(T & object) {
  typename T::value_type;
}
&&(
    requires(T& object) { object.clear(); } || requires(T & object) { object.resize(1U); });

/// Bytes that an encoded T takes at least, 0 where that is not known: a plain one its own, a container its length.
template <class T>
inline constexpr std::size_t least_bytes = flat<T>        ? sizeof(T)
                                           : container<T> ? sizeof(std::uint64_t)
                                                          : 0;

/// Has serialize(archive, version), as Boost.Serialization knows it.
template <class T, class Archive>
concept has_serialize_member = requires(T& object, Archive& archive) {
  object.serialize(archive, 0U);
};

}  // namespace cohort::serial::detail
