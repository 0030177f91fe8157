#pragma once

#include <cohort/core/detail/owned.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

/// What an archive remembers between the objects of one message: how deep it is in them, and the shared ones.
namespace cohort::serial::detail {

[[noreturn]] void throw_malformed(const char* what);
[[noreturn]] void throw_too_deep(bool reading);

/// Containers and pointers within each other. Each level takes a few frames of the stack, and bytes that lie could
/// ask for as many levels as there are bytes; so both ends refuse more.
inline constexpr unsigned max_depth = 1000;

/// One level deeper, while it lives.
class depth_level {
 public:
  depth_level(unsigned& depth, bool reading) : depth_{depth} {
    if (depth_ == max_depth) [[unlikely]]
      throw_too_deep(reading);
    ++depth_;
  }
  depth_level(const depth_level&) = delete;
  depth_level& operator=(const depth_level&) = delete;
  ~depth_level() { --depth_; }

 private:
  unsigned& depth_;
};

/// Its address stands for the type: two shared pointers of different types never name one object.
template <class T>
inline constexpr char type_tag{};

/// Objects behind shared pointers are numbered from 1 in the order in which they are first met. Most messages share
/// nothing, so what is remembered of them is kept out of here, and made when the first one is met. @{
class save_state {
 public:
  save_state() noexcept;
  save_state(save_state&& other) noexcept;
  save_state& operator=(save_state&& other) noexcept;
  ~save_state();

  [[nodiscard]] depth_level enter() { return {depth_, false}; }
  /// The number of an object, and whether it is met for the first time.
  std::pair<std::uint64_t, bool> number(const void* address, const void* type);
  /// The objects that follow are another message.
  void forget() noexcept;

 private:
  class map;
  cohort::detail::owned<map> numbers_;
  unsigned depth_ = 0;
};

class load_state {
 public:
  load_state() noexcept;
  load_state(load_state&& other) noexcept;
  load_state& operator=(load_state&& other) noexcept;
  ~load_state();

  [[nodiscard]] depth_level enter() { return {depth_, true}; }
  [[nodiscard]] bool is_next(std::uint64_t number) const noexcept;
  /// The place of the next object, before it is made: what it holds comes after it.
  std::size_t reserve(const void* type);
  void set(std::size_t place, std::shared_ptr<void> object);
  [[nodiscard]] const std::shared_ptr<void>& find(std::uint64_t number, const void* type) const;

 private:
  class list;
  cohort::detail::owned<list> objects_;
  unsigned depth_ = 0;
};
/// @}

}  // namespace cohort::serial::detail
