#pragma once

#include <cohort/core/detail/struct_type.hpp>

#include <mpi.h>

#include <array>
#include <cstddef>
#include <functional>
#include <initializer_list>
#include <ranges>
#include <type_traits>
#include <utility>

#if defined(__GLIBCXX__) && !_GLIBCXX_INLINE_VERSION
// <complex> includes the streams, a twentieth of the time to compile a program. Who sends a std::complex has it.
namespace std {
template <class T>
class complex;
}  // namespace std
#else
#include <complex>
#endif

namespace cohort {

/// Specialise as false for a trivially copyable type that must not travel as its bytes, because it holds a pointer,
/// a descriptor or another thing without a meaning on another rank.
template <class T>
inline constexpr bool travels_as_bytes = true;

namespace detail {

template <class T>
struct is_std_array : std::false_type {};
template <class T, std::size_t N>
struct is_std_array<std::array<T, N>> : std::true_type {};

template <class T>
struct is_initializer_list : std::false_type {};
template <class T>
struct is_initializer_list<std::initializer_list<T>> : std::true_type {};

template <class T>
struct is_reference_wrapper : std::false_type {};
template <class T>
struct is_reference_wrapper<std::reference_wrapper<T>> : std::true_type {};

/// The MPI type that stands for T itself, MPI_DATATYPE_NULL if there is none.
template <class T>
MPI_Datatype builtin_type() noexcept {
  if constexpr (std::is_enum_v<T>) {
    return builtin_type<std::underlying_type_t<T>>();
  } else if constexpr (std::is_same_v<T, char>) {
    return MPI_CHAR;
  } else if constexpr (std::is_same_v<T, signed char>) {
    return MPI_SIGNED_CHAR;
  } else if constexpr (std::is_same_v<T, unsigned char>) {
    return MPI_UNSIGNED_CHAR;
  } else if constexpr (std::is_same_v<T, std::byte>) {
    return MPI_BYTE;
  } else if constexpr (std::is_same_v<T, bool>) {
    return MPI_CXX_BOOL;
  } else if constexpr (std::is_same_v<T, wchar_t>) {
    return MPI_WCHAR;
  } else if constexpr (std::is_same_v<T, float>) {
    return MPI_FLOAT;
  } else if constexpr (std::is_same_v<T, double>) {
    return MPI_DOUBLE;
  } else if constexpr (std::is_same_v<T, long double>) {
    return MPI_LONG_DOUBLE;
  } else if constexpr (std::is_same_v<T, std::complex<float>>) {
    return MPI_CXX_FLOAT_COMPLEX;
  } else if constexpr (std::is_same_v<T, std::complex<double>>) {
    return MPI_CXX_DOUBLE_COMPLEX;
  } else if constexpr (std::is_same_v<T, std::complex<long double>>) {
    return MPI_CXX_LONG_DOUBLE_COMPLEX;
  } else if constexpr (std::is_same_v<T, long>) {
    return MPI_LONG;
  } else if constexpr (std::is_same_v<T, unsigned long>) {
    return MPI_UNSIGNED_LONG;
  } else if constexpr (std::is_same_v<T, long long>) {
    return MPI_LONG_LONG;
  } else if constexpr (std::is_same_v<T, unsigned long long>) {
    return MPI_UNSIGNED_LONG_LONG;
  } else if constexpr (std::is_integral_v<T> && std::is_signed_v<T>) {
    return sizeof(T) == 1 ? MPI_INT8_T : sizeof(T) == 2 ? MPI_INT16_T : MPI_INT32_T;
  } else if constexpr (std::is_integral_v<T>) {
    return sizeof(T) == 1 ? MPI_UINT8_T : sizeof(T) == 2 ? MPI_UINT16_T : MPI_UINT32_T;
  } else {
    return MPI_DATATYPE_NULL;
  }
}

template <class T>
struct is_builtin : std::bool_constant<std::is_arithmetic_v<T> || std::is_enum_v<T>> {};
template <class T>
struct is_builtin<std::complex<T>> : std::is_floating_point<T> {};

/// A type that looks at memory which it does not own: its bytes mean nothing on another rank.
template <class T>
inline constexpr bool is_view = std::is_pointer_v<T> || std::is_member_pointer_v<T> || std::is_null_pointer_v<T> ||
                                is_reference_wrapper<T>::value || is_initializer_list<T>::value ||
                                (std::ranges::range<T> && (std::ranges::borrowed_range<T> || std::ranges::view<T>));

/// It means the same to every process that finds its bytes. A concept, so that what decides nothing more is not
/// even compiled: whether std::vector is a view.
template <class T>
concept lies_in_bytes =
    std::is_trivially_copyable_v<T> && !std::is_array_v<T> && travels_as_bytes<T> && !is_view<T>;

/// And can be copied: to the compiler all copies of a mutex are trivial, since it has none.
template <class T>
concept plain_bytes = lies_in_bytes<T> &&(std::is_move_constructible_v<T> || std::is_copy_assignable_v<T>);

template <class T>
struct is_plain : std::bool_constant<is_builtin<T>::value || plain_bytes<T>> {};
template <class T, std::size_t N>
struct is_plain<std::array<T, N>> : is_plain<T> {};
/// std::pair has an assignment of its own, but its bytes are those of its members.
template <class T, class U>
struct is_plain<std::pair<T, U>> : std::bool_constant<is_plain<T>::value && is_plain<U>::value> {};

}  // namespace detail

/// Element types that MPI moves as they lie in memory: arithmetic types, bool, enums, complex, trivially copyable
/// classes, std::array and std::pair of such. Everything else goes through cohort/serial.
template <class T>
concept plain = !std::is_const_v<T> && detail::is_plain<T>::value;

/// A run of plain elements in memory: std::vector, std::string, std::span, buffer, C arrays.
template <class R>
concept plain_range = std::ranges::contiguous_range<R> && std::ranges::sized_range<R> &&
    plain<std::remove_cv_t<std::ranges::range_value_t<R>>>;

/// How elements of T are told to MPI: `count` elements of T are `count * per_element` of `type()`. Builtin types
/// map to MPI's own; other plain types go as bytes (ranks of one job share one architecture; environment checks
/// it), for which no type is created. Classes for which mpi_struct is specialised have an MPI struct type.
template <class T>
struct datatype {
  static_assert(plain<T>, "cohort: this type has no MPI datatype; it travels serialised");
  static constexpr bool builtin = detail::is_builtin<T>::value;
  /// MPI knows what the element consists of.
  static constexpr bool typed = builtin || detail::described<T>;
  static constexpr std::size_t per_element = typed ? 1 : sizeof(T);
  /// Bytes of one element in a message: all of it, except that a struct type leaves gaps out.
  static constexpr std::size_t wire_size = [] {
    if constexpr (detail::described<T>) {
      return mpi_struct<T>::wire_size;
    } else {
      return sizeof(T);
    }
  }();
  static MPI_Datatype type() noexcept(!detail::described<T>) {
    if constexpr (detail::described<T>) {
      return detail::struct_type<T>::type();
    } else if constexpr (builtin) {
      return detail::builtin_type<T>();
    } else {
      return MPI_BYTE;
    }
  }
};

template <class T, std::size_t N>
requires plain<T>
struct datatype<std::array<T, N>> {
  static constexpr bool builtin = datatype<T>::builtin;
  static constexpr bool typed = datatype<T>::typed;
  static constexpr std::size_t per_element = N * datatype<T>::per_element;
  static constexpr std::size_t wire_size = N * datatype<T>::wire_size;
  static MPI_Datatype type() noexcept(noexcept(datatype<T>::type())) { return datatype<T>::type(); }
};

}  // namespace cohort
