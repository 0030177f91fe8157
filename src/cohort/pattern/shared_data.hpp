#pragma once

#include <cohort/core/datatype.hpp>
#include <cohort/pattern/detail/data_home.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace cohort {

/// Elements that are there once on each node, to be read by all its ranks as their own memory. A handle of 24 bytes
/// without an owner: it is copied, captured by lambdas and passed as an argument of tasks freely, and stands for
/// the same elements on every rank. executor::share and share_per_node make them, and say how long they last.
///
///   auto table = pool.share(std::vector<double>{...});
///   pool.map([table](int i) { return table[i]; }, indices);
///
/// The elements come to a node when one of its ranks first looks at them: that call blocks until they are there,
/// and throws error if the node has no memory for them. Any thread, of a task or its own. After they have been
/// given up each call throws argument_error. An access by [] costs some nanoseconds: take span() before a loop.
template <class T>
class shared_data {
  static_assert(
      plain<T>,
      "cohort: shared data are plain elements, which other processes read as they lie in memory; "
      "share text as one array of characters and one of where each string begins, and other objects as the "
      "numbers that they consist of");

 public:
  using value_type = T;
  using iterator = const T*;
  using const_iterator = const T*;

  /// Stands for nothing, which has no elements.
  shared_data() = default;

  /// Good until the data are given up; in a task, until it ends. @{
  [[nodiscard]] std::span<const T> span() const { return {data(), size()}; }
  [[nodiscard]] const T* data() const {
    if (size_ == 0) return nullptr;
    return reinterpret_cast<const T*>(detail::find_data(name_));
  }
  [[nodiscard]] const T* begin() const { return data(); }
  [[nodiscard]] const T* end() const { return data() + size_; }
  /// @}
  /// The index is not checked.
  [[nodiscard]] const T& operator[](std::size_t i) const { return data()[i]; }

  [[nodiscard]] std::size_t size() const noexcept { return static_cast<std::size_t>(size_); }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

  /// For cohort's own use. @{
  shared_data(detail::data_name name, std::size_t size) noexcept : name_{name}, size_{size} {}
  [[nodiscard]] detail::data_name name() const noexcept { return name_; }
  /// @}

 private:
  detail::data_name name_;
  std::uint64_t size_ = 0;
};

}  // namespace cohort
