#pragma once

#include <cohort/pattern/travel/module_table.hpp>
#include <cohort/serial/pack.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <type_traits>

/// How a callable object gets from one rank to another that runs the same program. Its type is known on both sides
/// (it is part of the function that is called there), so only what it holds must travel.
namespace cohort::travel {

template <class F>
concept function_pointer = std::is_pointer_v<F> && std::is_function_v<std::remove_pointer_t<F>>;

/// A class of the user's that Boost.Serialization knows how to write.
template <class F>
concept serialised_function =
    std::is_default_constructible_v<F> && serial::detail::has_serialize_member<F, serial::input>;

/// Functions; classes and lambdas without members or captures; those whose members or captures are plain values;
/// and classes with serialize().
template <class F>
concept travelling = function_pointer<F> || std::is_empty_v<F> || serialised_function<F> ||
    (std::is_trivially_copyable_v<F> && !std::is_pointer_v<F> && !std::is_member_pointer_v<F>);

namespace detail {

[[noreturn]] void throw_local_capture();

/// Refuses bytes in which a pointer or reference of this process is seen. A guard, not a proof: it knows the stack
/// of this thread, the heap's main area and the modules.
inline void check_captures(const std::byte* bytes, std::size_t size, const module_table& modules) {
  for (std::size_t at = 0; at + sizeof(std::uintptr_t) <= size; at += sizeof(std::uintptr_t)) {
    std::uintptr_t word = 0;
    std::memcpy(&word, bytes + at, sizeof word);
    if (modules.looks_local(word)) throw_local_capture();
  }
}

}  // namespace detail

/// Whether the bytes of F are what travels.
template <class F>
inline constexpr bool travels_as_bytes = !function_pointer<F> && !std::is_empty_v<F> && !serialised_function<F>;

/// Throws argument_error for a lambda that holds a pointer or a reference, as far as that can be seen.
template <travelling F>
void check_travels(const F& f, const module_table& modules) {
  if constexpr (travels_as_bytes<F>)
    detail::check_captures(reinterpret_cast<const std::byte*>(std::addressof(f)), sizeof(F), modules);
}

/// Bytes that travel for `f`.
template <travelling F>
[[nodiscard]] std::size_t packed_size(const F& f) {
  if constexpr (function_pointer<F>) {
    return sizeof(function_key);
  } else if constexpr (std::is_empty_v<F>) {
    return 0;
  } else if constexpr (serialised_function<F>) {
    return serial::packed_size(f);
  } else {
    return sizeof(F);
  }
}

/// Writes `f` to `to`, which has room for packed_size(f) bytes; returns the end. Throws argument_error for a lambda
/// that holds a pointer or a reference, as far as that can be seen.
template <travelling F>
std::byte* pack_to(std::byte* to, const F& f, const module_table& modules) {
  if constexpr (function_pointer<F>) {
    const auto key = modules.key(reinterpret_cast<const void*>(f));
    std::memcpy(to, &key, sizeof key);
    return to + sizeof key;
  } else if constexpr (std::is_empty_v<F>) {
    return to;
  } else if constexpr (serialised_function<F>) {
    return serial::pack_to(to, f);
  } else {
    std::memcpy(to, static_cast<const void*>(std::addressof(f)), sizeof(F));
    detail::check_captures(to, sizeof(F), modules);
    return to + sizeof(F);
  }
}

/// A callable that has arrived, for as long as this object lives.
template <travelling F>
class landed {
 public:
  landed(serial::input& from, const module_table& modules) {
    if constexpr (function_pointer<F>) {
      function_key key;
      std::memcpy(&key, from.take(sizeof key).data(), sizeof key);
      function_ = reinterpret_cast<F>(const_cast<void*>(modules.address(key)));
    } else if constexpr (serialised_function<F>) {
      from >> function_;
    } else if constexpr (!std::is_empty_v<F>) {
      std::memcpy(bytes_, from.take(sizeof(F)).data(), sizeof(F));
    }
  }
  landed(const landed&) = delete;
  landed& operator=(const landed&) = delete;
  ~landed() = default;

  [[nodiscard]] F& operator*() noexcept {
    if constexpr (kept) {
      return function_;
    } else {
      return *std::launder(reinterpret_cast<F*>(bytes_));
    }
  }

 private:
  static constexpr bool kept = function_pointer<F> || serialised_function<F>;
  struct unused {};
  [[no_unique_address]] std::conditional_t<kept, F, unused> function_{};
  alignas(F) std::byte bytes_[kept ? 1 : sizeof(F)]{};
};

}  // namespace cohort::travel
