#pragma once

#include "farm/spill.hpp"
#include "farm/wire.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace cohort_farm {

/// What a task wrote to one stream: a little in memory, the rest in the spill. Must be dropped or moved from before
/// the spill goes; giving blocks back is drop()'s work, not the destructor's.
class capture {
 public:
  /// At most `keep` bytes stay in memory.
  explicit capture(std::size_t keep) : keep_{keep} {}

  /// What cannot be kept (disk full) is counted in lost().
  void append(spill& where, bytes_view data);
  /// Text of ours behind the task's; stays in memory.
  void append_message(std::string_view text) { memory_ += text; }
  /// Moves all of it to the spill, if that takes it: then it costs no memory any more.
  void settle(spill& where);
  /// All of it; only while spilled() is false.
  [[nodiscard]] std::string take() noexcept { return std::move(memory_); }

  /// Reads up to into.size() bytes from `offset`; returns how many there are. Throws std::system_error.
  [[nodiscard]] std::size_t read(const spill& where, std::uint64_t offset, std::span<std::byte> into) const;
  /// Gives the spill's room back.
  void drop(spill& where) noexcept { where.clear(spilled_); }

  [[nodiscard]] std::uint64_t size() const noexcept { return spilled_.size + memory_.size(); }
  [[nodiscard]] bool spilled() const noexcept { return spilled_.size != 0; }
  [[nodiscard]] std::uint64_t lost() const noexcept { return lost_; }
  /// Why: errno, or 0.
  [[nodiscard]] int error() const noexcept { return error_; }

 private:
  void flush(spill& where);

  std::size_t keep_;
  spill::extent spilled_;
  std::string memory_;  ///< follows what is spilled
  std::uint64_t lost_ = 0;
  int error_ = 0;
};

}  // namespace cohort_farm
