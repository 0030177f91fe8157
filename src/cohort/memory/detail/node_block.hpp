#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace cohort::detail {

/// Where other processes of the node find a node_block. Travels as bytes.
struct block_place {
  std::uint64_t bytes = 0;
  std::uint64_t tag = 0;  ///< random
  std::int32_t process = 0;
  std::int32_t descriptor = -1;
};

/// Memory that one process fills and others of its node read. POSIX shared memory whose name is gone before it has
/// a size: others get at it through the descriptor that its maker keeps (/proc/PROCESS/fd), so that the system
/// frees it with the last process that has it, however that ends. No MPI.
class node_block {
 public:
  node_block() noexcept = default;
  /// New, zeroed and writable; aligned to a page. Throws error if there is no room.
  explicit node_block(std::size_t bytes);
  /// What another process of this node and user has made, to be read only; nothing if it is not to be seen from
  /// here, because it is another node's, or gone. Throws error if this process can map no more memory.
  [[nodiscard]] static std::optional<node_block> find(const block_place& place);

  node_block(node_block&& other) noexcept
      : base_{std::exchange(other.base_, nullptr)},
        place_{std::exchange(other.place_, {})},
        owner_{std::exchange(other.owner_, false)} {}
  node_block& operator=(node_block&& other) noexcept {
    std::swap(base_, other.base_);
    std::swap(place_, other.place_);
    std::swap(owner_, other.owner_);
    return *this;
  }
  ~node_block();

  /// From now on read-only.
  void seal() noexcept;

  [[nodiscard]] std::byte* data() const noexcept { return static_cast<std::byte*>(base_); }
  [[nodiscard]] std::size_t size() const noexcept { return place_.bytes; }
  /// Good as long as the process that made the memory keeps it.
  [[nodiscard]] const block_place& place() const noexcept { return place_; }

 private:
  void map(int descriptor, int protection);

  void* base_ = nullptr;
  block_place place_;
  bool owner_ = false;
};

}  // namespace cohort::detail
