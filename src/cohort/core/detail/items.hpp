#pragma once

#include <cstddef>
#include <vector>

namespace cohort::detail {

/// What a std::vector holds, to be read: a std::span<const T> for types of our own. To make that from a vector, the
/// compiler goes through all the concepts of iterators for each T, in every program that includes the header.
template <class T>
class items {
 public:
  items(const std::vector<T>& all) noexcept  // NOLINT(google-explicit-constructor)
      : first_{all.data()}, size_{all.size()} {}
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] const T& operator[](std::size_t i) const noexcept { return first_[i]; }
  [[nodiscard]] const T* begin() const noexcept { return first_; }
  [[nodiscard]] const T* end() const noexcept { return first_ + size_; }

 private:
  const T* first_;
  std::size_t size_;
};

}  // namespace cohort::detail
