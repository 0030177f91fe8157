#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

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

/// Objects behind shared pointers are numbered from 1 in the order in which they are first met. @{
class save_state {
 public:
  [[nodiscard]] depth_level enter() { return {depth_, false}; }
  /// The number of an object, and whether it is met for the first time.
  std::pair<std::uint64_t, bool> number(const void* address, const void* type) {
    if (!numbers_) numbers_ = std::make_unique<map>();
    const auto [at, first] = numbers_->try_emplace(key{address, type}, numbers_->size() + 1);
    return {at->second, first};
  }
  /// The objects that follow are another message.
  void forget() noexcept { numbers_.reset(); }

 private:
  using key = std::pair<const void*, const void*>;
  struct hash {
    std::size_t operator()(const key& k) const noexcept {
      return std::hash<const void*>{}(k.first) * 31 + std::hash<const void*>{}(k.second);
    }
  };
  using map = std::unordered_map<key, std::uint64_t, hash>;
  std::unique_ptr<map> numbers_;  // most messages share nothing
  unsigned depth_ = 0;
};

class load_state {
 public:
  [[nodiscard]] depth_level enter() { return {depth_, true}; }
  [[nodiscard]] bool is_next(std::uint64_t number) const noexcept { return number == objects_.size() + 1; }
  /// The place of the next object, before it is made: what it holds comes after it.
  std::size_t reserve(const void* type) {
    objects_.push_back({nullptr, type});
    return objects_.size() - 1;
  }
  void set(std::size_t place, std::shared_ptr<void> object) { objects_[place].object = std::move(object); }
  [[nodiscard]] const std::shared_ptr<void>& find(std::uint64_t number, const void* type) const {
    if (number > objects_.size()) throw_malformed("a shared_ptr to an object that has not come");
    const auto& found = objects_[static_cast<std::size_t>(number) - 1];
    if (found.type != type) throw_malformed("a shared_ptr to an object of another type");
    if (!found.object) throw_malformed("a shared_ptr to an object that is not yet made");
    return found.object;
  }

 private:
  struct entry {
    std::shared_ptr<void> object;
    const void* type;
  };
  std::vector<entry> objects_;
  unsigned depth_ = 0;
};
/// @}

}  // namespace cohort::serial::detail
