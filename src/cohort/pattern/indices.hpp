#pragma once

#include <concepts>
#include <cstddef>
#include <iterator>
#include <type_traits>

namespace cohort {

/// The whole numbers from `first` up to, not including, `last`, made as they are asked for: Python's range(). An
/// input for farms and loops that takes no memory. (std::views::iota does the same, where the compiler can read it:
/// clang 14 cannot.)
template <std::integral Number>
class indices {
 public:
  class iterator {
   public:
    using iterator_concept = std::forward_iterator_tag;
    using iterator_category = std::input_iterator_tag;
    using value_type = Number;
    using difference_type = std::ptrdiff_t;
    using reference = Number;
    using pointer = void;

    iterator() = default;
    explicit iterator(Number at) noexcept : at_{at} {}
    Number operator*() const noexcept { return at_; }
    iterator& operator++() noexcept {
      ++at_;
      return *this;
    }
    iterator operator++(int) noexcept { return iterator{at_++}; }
    friend bool operator==(const iterator&, const iterator&) = default;

   private:
    Number at_{};
  };

  explicit indices(Number last) noexcept : indices{Number{0}, last} {}
  indices(Number first, Number last) noexcept : first_{first}, last_{first < last ? last : first} {}

  [[nodiscard]] iterator begin() const noexcept { return iterator{first_}; }
  [[nodiscard]] iterator end() const noexcept { return iterator{last_}; }
  [[nodiscard]] std::size_t size() const noexcept {
    using Unsigned = std::make_unsigned_t<Number>;  // the width may be too large for a signed Number
    return static_cast<std::size_t>(
        static_cast<Unsigned>(static_cast<Unsigned>(last_) - static_cast<Unsigned>(first_)));
  }

 private:
  Number first_;
  Number last_;
};

}  // namespace cohort
