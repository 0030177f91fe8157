#pragma once

#include "common/descriptor.hpp"
#include "farm/wire.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace cohort_farm {

using cohort_apps::descriptor;

/// Room on disk for outputs that are too large for memory: one file without a name for a whole rank, cut into
/// blocks that outputs take and give back. So any number of kept outputs costs one descriptor, and nothing is left
/// behind however the rank ends.
class spill {
 public:
  static constexpr std::size_t block_size = 256 * 1024;

  /// `directory`: where the file goes when it is first needed; empty: $TMPDIR, else /tmp.
  explicit spill(std::string directory = {});

  /// Bytes in a spill. Belongs to it; give back by clear().
  struct extent {
    std::vector<std::uint64_t> blocks;
    std::uint64_t size = 0;
  };

  /// Returns 0, or errno if not all could be written; then the extent is as before.
  [[nodiscard]] int append(extent& to, bytes_view data);
  /// Reads up to into.size() bytes from `offset`; returns how many there are. Throws std::system_error.
  [[nodiscard]] std::size_t read(const extent& from, std::uint64_t offset, std::span<std::byte> into) const;
  void clear(extent& what) noexcept;

  [[nodiscard]] const std::string& directory() const noexcept { return directory_; }
  /// Blocks that the file has had at most, and those that are free now; for tests.
  [[nodiscard]] std::uint64_t blocks() const noexcept { return blocks_; }
  [[nodiscard]] std::size_t free_blocks() const noexcept { return free_.size(); }

 private:
  [[nodiscard]] int open();

  std::string directory_;
  descriptor file_;
  std::uint64_t blocks_ = 0;
  std::vector<std::uint64_t> free_;
};

}  // namespace cohort_farm
