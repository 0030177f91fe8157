#pragma once

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace cohort {

/// A contiguous, owning array whose elements start uninitialised: what a receive writes into.
///
/// std::vector zero-fills before MPI overwrites; at 16 MiB that is a quarter of the transfer's time. A buffer is
/// one allocation, moves in O(1) with stable addresses, and never grows; copy it to a std::vector where it must. T
/// must be trivially copyable and default constructible. Unlike std::vector<bool>, buffer<bool> is an array of
/// bool.
template <class T>
class buffer {
  static_assert(std::is_trivially_destructible_v<T>, "a buffer holds plain data; use std::vector for other types");

 public:
  using value_type = T;
  using size_type = std::size_t;
  using difference_type = std::ptrdiff_t;
  using reference = T&;
  using const_reference = const T&;
  using iterator = T*;
  using const_iterator = const T*;

  buffer() noexcept = default;
  /// `size` elements, uninitialised if T is trivial. Size 0 does not allocate.
  explicit buffer(size_type size) : data_{size == 0 ? nullptr : new T[size]}, size_{size} {}
  buffer(size_type size, const T& value) : buffer(size) { std::fill_n(data(), size, value); }
  buffer(std::initializer_list<T> values) : buffer(values.begin(), values.end()) {}
  template <std::forward_iterator Iterator>
  buffer(Iterator first, Iterator last) : buffer(static_cast<size_type>(std::distance(first, last))) {
    std::copy(first, last, begin());
  }

  buffer(const buffer& other) : buffer(other.begin(), other.end()) {}
  buffer(buffer&& other) noexcept
      : data_{std::exchange(other.data_, nullptr)}, size_{std::exchange(other.size_, 0)} {}
  buffer& operator=(const buffer& other) {
    if (this != &other) *this = buffer(other);
    return *this;
  }
  buffer& operator=(buffer&& other) noexcept {
    if (this != &other) {
      delete[] data_;
      data_ = std::exchange(other.data_, nullptr);
      size_ = std::exchange(other.size_, 0);
    }
    return *this;
  }
  ~buffer() { delete[] data_; }

  [[nodiscard]] T* data() noexcept { return data_; }
  [[nodiscard]] const T* data() const noexcept { return data_; }
  [[nodiscard]] size_type size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] iterator begin() noexcept { return data(); }
  [[nodiscard]] iterator end() noexcept { return data() + size_; }
  [[nodiscard]] const_iterator begin() const noexcept { return data(); }
  [[nodiscard]] const_iterator end() const noexcept { return data() + size_; }
  [[nodiscard]] T& operator[](size_type i) noexcept { return data_[i]; }
  [[nodiscard]] const T& operator[](size_type i) const noexcept { return data_[i]; }
  [[nodiscard]] T& front() noexcept { return data_[0]; }
  [[nodiscard]] const T& front() const noexcept { return data_[0]; }
  [[nodiscard]] T& back() noexcept { return data_[size_ - 1]; }
  [[nodiscard]] const T& back() const noexcept { return data_[size_ - 1]; }

  /// Forgets the elements from `size` on (which must not be more than there are); keeps the memory.
  void truncate(size_type size) noexcept { size_ = std::min(size, size_); }

  /// A copy as std::vector, for interfaces that want one.
  [[nodiscard]] std::vector<T> to_vector() const { return std::vector<T>(begin(), end()); }
  operator std::vector<T>() const { return to_vector(); }  // NOLINT(google-explicit-constructor)

  friend bool operator==(const buffer& a, const buffer& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
  }
  friend bool operator==(const buffer& a, const std::vector<T>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
  }

 private:
  // A bare pointer, because each std::unique_ptr<T[]> costs every program that includes cohort compile time.
  T* data_ = nullptr;
  size_type size_ = 0;
};

template <class T>
struct is_buffer : std::false_type {};
template <class T>
struct is_buffer<buffer<T>> : std::true_type {};

}  // namespace cohort
