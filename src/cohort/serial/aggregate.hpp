#pragma once

#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

/// The members of a plain aggregate (struct { std::string name; std::vector<double> values; }) as a tuple of
/// references, so that such a struct travels without a serialize() of its own. Up to 12 members; no base classes,
/// no C arrays.
namespace cohort::serial::detail {

/// Converts to anything: asks how many initialisers a struct takes.
struct anything {
  template <class T>
  operator T() const;  // NOLINT(google-explicit-constructor)
};

/// Converts to the base classes of T alone.
template <class T>
struct any_base_of {
  template <class B>
  requires(std::is_base_of_v<B, T> && !std::is_same_v<B, T>) operator B()
      const;  // NOLINT(google-explicit-constructor)
};
struct nothing_at_all {};
/// An aggregate's first initialisers are those of its base classes.
template <class T>
concept has_base = requires {
  T{any_base_of<T>{}};
}
&&!requires {
  T{nothing_at_all{}};
};

template <class T, std::size_t... I>
constexpr bool takes(std::index_sequence<I...>) {
  return requires {
    T{((void)I, anything{})...};
  };
}

template <class T, std::size_t N = 12>
constexpr std::size_t member_count() {
  if constexpr (N == 0 || takes<T>(std::make_index_sequence<N>{})) {
    return N;
  } else {
    return member_count<T, N - 1>();
  }
}

template <class T>
auto members(T& object) {
  constexpr std::size_t n = member_count<std::remove_const_t<T>>();
  static_assert(
      !requires {
        std::remove_const_t<T>{anything{}, anything{}, anything{}, anything{}, anything{}, anything{}, anything{},
                               anything{}, anything{}, anything{}, anything{}, anything{}, anything{}};
      },
      "cohort: an aggregate of more than 12 members; give it a serialize() member");
  constexpr bool derived = n > 1 && has_base<std::remove_const_t<T>>;
  static_assert(!derived,
                "cohort: an aggregate with a base class; give it a serialize() member that begins with archive & "
                "static_cast<base&>(*this)");
  if constexpr (n == 0 || derived) {
    return std::tie();
  } else if constexpr (n == 1) {
    auto& [a] = object;
    return std::tie(a);
  } else if constexpr (n == 2) {
    auto& [a, b] = object;
    return std::tie(a, b);
  } else if constexpr (n == 3) {
    auto& [a, b, c] = object;
    return std::tie(a, b, c);
  } else if constexpr (n == 4) {
    auto& [a, b, c, d] = object;
    return std::tie(a, b, c, d);
  } else if constexpr (n == 5) {
    auto& [a, b, c, d, e] = object;
    return std::tie(a, b, c, d, e);
  } else if constexpr (n == 6) {
    auto& [a, b, c, d, e, f] = object;
    return std::tie(a, b, c, d, e, f);
  } else if constexpr (n == 7) {
    auto& [a, b, c, d, e, f, g] = object;
    return std::tie(a, b, c, d, e, f, g);
  } else if constexpr (n == 8) {
    auto& [a, b, c, d, e, f, g, h] = object;
    return std::tie(a, b, c, d, e, f, g, h);
  } else if constexpr (n == 9) {
    auto& [a, b, c, d, e, f, g, h, i] = object;
    return std::tie(a, b, c, d, e, f, g, h, i);
  } else if constexpr (n == 10) {
    auto& [a, b, c, d, e, f, g, h, i, j] = object;
    return std::tie(a, b, c, d, e, f, g, h, i, j);
  } else if constexpr (n == 11) {
    auto& [a, b, c, d, e, f, g, h, i, j, k] = object;
    return std::tie(a, b, c, d, e, f, g, h, i, j, k);
  } else {
    auto& [a, b, c, d, e, f, g, h, i, j, k, l] = object;
    return std::tie(a, b, c, d, e, f, g, h, i, j, k, l);
  }
}

}  // namespace cohort::serial::detail
