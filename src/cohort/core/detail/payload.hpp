#pragma once

#include <cohort/core/buffer.hpp>
#include <cohort/core/datatype.hpp>

#include <string>
#include <string_view>

/// How a C++ object lies in a message. Four shapes, decided at compile time:
///   value  one plain element                      int, a struct, std::array, std::pair
///   range  plain elements, length fixed           std::span, C arrays
///   growing  plain elements, length can be set    std::vector, std::string, buffer
///   object   everything else, serialised          std::map, std::vector<std::string>, classes with serialize()
namespace cohort::detail {

template <class T>
concept resizable = is_buffer<T>::value || requires(T& c, std::size_t n) {
  c.resize(n);
};

enum class shape { value, range, growing, object };

template <class T>
inline constexpr shape shape_of = plain<T>                        ? shape::value
                                  : plain_range<T>&& resizable<T> ? shape::growing
                                  : plain_range<const T>          ? shape::range
                                                                  : shape::object;

/// Text counts as one value in collectives that gather "one thing per rank".
template <class T>
inline constexpr bool is_text = std::is_same_v<T, std::string> || std::is_same_v<T, std::string_view>;

template <class T>
constexpr void require_sendable() {
  static_assert(
      !(std::is_array_v<T> && std::is_same_v<std::remove_cv_t<std::remove_extent_t<T>>, char>),
      "cohort: a char array is ambiguous; send std::string_view{x} for its text, std::span{x} for its bytes");
  static_assert(!std::is_pointer_v<T>,
                "cohort: a pointer means nothing on another rank; send what it points to, or a std::span of it");
}

struct view {
  void* data;
  std::size_t count;  ///< in units of type
  MPI_Datatype type;
};

/// Element type of a value or range.
template <class T>
struct element {
  using type = T;
};
template <class T>
requires(shape_of<T> == shape::range || shape_of<T> == shape::growing) struct element<T> {
  using type = std::remove_cv_t<std::ranges::range_value_t<const T>>;
};
template <class T>
using element_t = typename element<T>::type;

/// The same where a range is meant: std::array is one too.
template <class R>
using range_element_t = std::remove_cv_t<std::ranges::range_value_t<const std::remove_cvref_t<R>>>;

/// Number of elements of a value (1) or range.
template <class T>
std::size_t element_count(const T& object) noexcept {
  if constexpr (shape_of<T> == shape::value) {
    return 1;
  } else {
    return std::ranges::size(object);
  }
}

/// The memory of a value or range, as MPI wants it. MPI takes send buffers as const void*; the cast is undone
/// there.
template <class T>
view view_of(T& object) noexcept(noexcept(datatype<element_t<std::remove_const_t<T>>>::type())) {
  using Bare = std::remove_const_t<T>;
  using Element = element_t<Bare>;
  using Type = datatype<Element>;
  if constexpr (shape_of<Bare> == shape::value) {
    return {const_cast<Bare*>(std::addressof(object)), Type::per_element, Type::type()};
  } else {
    return {const_cast<Element*>(std::ranges::data(object)), std::ranges::size(object) * Type::per_element,
            Type::type()};
  }
}

/// The same for memory that is written to.
template <class T>
view room_of(T& object) noexcept(noexcept(view_of(object))) {
  if constexpr (shape_of<std::remove_const_t<T>> == shape::value) {
    static_assert(!std::is_const_v<T>, "cohort: the destination is const; receive into something that may change");
  } else {
    static_assert(!std::is_const_v<std::remove_reference_t<std::ranges::range_reference_t<T>>>,
                  "cohort: the destination is const; receive into something that may change");
  }
  return view_of(object);
}

/// Gives a growing container `n` elements, keeping its memory where it can.
template <class C>
void set_size(C& container, std::size_t n) {
  if constexpr (is_buffer<C>::value) {
    if (container.size() != n) container = C(n);
  } else {
    container.resize(n);
  }
}

}  // namespace cohort::detail
