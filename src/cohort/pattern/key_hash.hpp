#pragma once

#include <cohort/core/datatype.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <ranges>
#include <string_view>
#include <tuple>
#include <type_traits>

namespace cohort {
namespace detail {

/// Each bit of the result depends on all bits of `x`, and different numbers stay different: the finalizer of
/// MurmurHash3, fmix64 (Austin Appleby, public domain).
constexpr std::uint64_t mix(std::uint64_t x) noexcept {
  x ^= x >> 33;
  x *= 0xff51afd7ed558ccdU;
  x ^= x >> 33;
  x *= 0xc4ceb9fe1a85ec53U;
  x ^= x >> 33;
  return x;
}
/// Two hashes as one; their order counts.
constexpr std::uint64_t mix(std::uint64_t a, std::uint64_t b) noexcept {
  return mix(a + 0x9e3779b97f4a7c15U) ^ (b * 0x9e3779b97f4a7c15U);  // 2^64 / the golden ratio
}

template <class K>
concept hashed_by_std = requires(const K& key) {
  { std::hash<K>{}(key) } -> std::convertible_to<std::size_t>;
};
/// Equal if and only if all bytes are: whole numbers, text, runs of such.
template <class K>
concept run_of_bytes = plain_range<const K> &&
    std::has_unique_object_representations_v<std::remove_cv_t<std::ranges::range_value_t<const K>>> &&
    std::is_scalar_v<std::remove_cv_t<std::ranges::range_value_t<const K>>>;
/// Its elements have an order that equal keys share.
template <class K>
concept ordered_elements = std::ranges::forward_range<const K> && !requires {
  typename K::hasher;
};
template <class K>
concept tuple_key = requires {
  std::tuple_size<K>::value;
};
template <class K>
concept pointer_key = std::is_pointer_v<K> || requires(const K& key) {
  key.get();
  *key;
};
template <class>
inline constexpr bool no_hash = false;

}  // namespace detail

/// A hash that is the same on every rank, and well mixed in all its bits, for keys that may have any regularity.
/// Whole numbers and enums go through MurmurHash3's finalizer; so does, for text and runs of whole numbers,
/// std::hash of their bytes (in libstdc++ a form of MurmurHash2 without a seed); pairs, tuples and other ordered
/// containers combine the hashes of their parts. A key of another type needs a std::hash<Key>, which must not
/// depend on addresses, nor on a seed of the process.
template <class Key>
struct key_hash {
  [[nodiscard]] std::uint64_t operator()(const Key& key) const {
    static_assert(!detail::pointer_key<Key>,
                  "cohort: a pointer as a key differs from rank to rank; use what it points to");
    if constexpr (std::is_integral_v<Key> || std::is_enum_v<Key>) {
      return detail::mix(static_cast<std::uint64_t>(key));
    } else if constexpr (detail::run_of_bytes<Key>) {
      const auto bytes = std::ranges::size(key) * sizeof(std::ranges::range_value_t<const Key>);
      const std::string_view text{reinterpret_cast<const char*>(std::ranges::data(key)), bytes};
      return detail::mix(std::hash<std::string_view>{}(text));
    } else if constexpr (detail::hashed_by_std<Key>) {
      return detail::mix(std::hash<Key>{}(key));
    } else if constexpr (detail::ordered_elements<Key>) {
      std::uint64_t hash = 0;
      for (const auto& part : key)
        hash = detail::mix(hash, key_hash<std::ranges::range_value_t<const Key>>{}(part));
      return detail::mix(hash);
    } else if constexpr (detail::tuple_key<Key>) {
      std::uint64_t hash = 0;
      std::apply(
          [&](const auto&... parts) {
            ((hash = detail::mix(hash, key_hash<std::remove_cvref_t<decltype(parts)>>{}(parts))), ...);
          },
          key);
      return detail::mix(hash);
    } else {
      static_assert(
          detail::no_hash<Key>,
          "cohort: no hash is known for this key; specialise std::hash for it (map_reduce takes another Hash "
          "too)");
    }
  }
};

}  // namespace cohort
