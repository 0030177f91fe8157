#pragma once

#include <cohort/core/communicator.hpp>
#include <cohort/core/status.hpp>

#include <mpi.h>

#include <cstddef>
#include <span>
#include <vector>

namespace cohort::detail {

/// Where the messages of a channel come in, one at a time. They meet receives that wait for them, so that MPI
/// copies them once and keeps none of them itself. Of an item that is too long for that comes the length, and on a
/// second communicator the item, which is received when it is read.
class channel_inlet {
 public:
  /// Of the first two kinds of message; other tags are whoever's.
  enum tag : int { item_tag = 1, long_item_tag, other_tags };

  /// `longest` of all messages on `comm`, in bytes, of which `places` may wait.
  channel_inlet(const communicator& comm, const communicator& longs, std::size_t longest, std::size_t places);
  channel_inlet(const channel_inlet&) = delete;
  channel_inlet& operator=(const channel_inlet&) = delete;
  ~channel_inlet();

  /// The next message that has come; false if none has. Only after read() of the one before.
  [[nodiscard]] bool next();
  /// There is one that has not been read. @{
  [[nodiscard]] bool holds() const noexcept { return holds_; }
  [[nodiscard]] int source() const noexcept { return info_.source(); }
  [[nodiscard]] int tag() const noexcept { return info_.tag(); }
  [[nodiscard]] bool is_item() const noexcept { return tag() < other_tags; }
  [[nodiscard]] std::size_t bytes() const noexcept;
  /// Where it lies until it is read, if it is not long.
  [[nodiscard]] std::span<const std::byte> view() const noexcept { return {place(oldest_), info_.bytes()}; }
  /// Copies it to `to`, which must have room for `bytes`, as many as it has. Blocks until a long one has come.
  void read(void* to, std::size_t bytes);
  /// @}

 private:
  [[nodiscard]] std::byte* place(std::size_t i) noexcept { return memory_.data() + i * longest_; }
  [[nodiscard]] const std::byte* place(std::size_t i) const noexcept { return memory_.data() + i * longest_; }

  const communicator& comm_;
  const communicator& longs_;
  std::size_t longest_;
  std::vector<std::byte> memory_;
  std::vector<MPI_Request> receives_;
  std::size_t oldest_ = 0;
  bool holds_ = false;
  status info_;
};

}  // namespace cohort::detail
