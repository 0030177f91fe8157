#pragma once

#include <utility>

namespace cohort::detail {

/// An object on the heap that belongs to this one, or none: what of std::unique_ptr members of public classes need.
/// That class's tuple, conversions and comparisons are ninety class templates more for each T, in every program
/// that includes the header.
template <class T>
class owned {
 public:
  owned() noexcept = default;
  explicit owned(T* made) noexcept : object_{made} {}
  owned(owned&& other) noexcept : object_{std::exchange(other.object_, nullptr)} {}
  owned& operator=(owned&& other) noexcept {
    if (this != &other) delete std::exchange(object_, std::exchange(other.object_, nullptr));
    return *this;
  }
  ~owned() {
    static_assert(sizeof(T) != 0, "T is complete where it ends");
    delete object_;
  }

  template <class... Arguments>
  [[nodiscard]] static owned make(Arguments&&... arguments) {
    return owned{new T(std::forward<Arguments>(arguments)...)};
  }

  explicit operator bool() const noexcept { return object_ != nullptr; }
  [[nodiscard]] T& operator*() const noexcept { return *object_; }
  [[nodiscard]] T* operator->() const noexcept { return object_; }
  [[nodiscard]] T* release() noexcept { return std::exchange(object_, nullptr); }
  void reset() noexcept { delete std::exchange(object_, nullptr); }

 private:
  T* object_ = nullptr;
};

}  // namespace cohort::detail
