#pragma once

#include "farm/wire.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

/// One direction of the talk between a farm and one that has joined it: letters (as those between ranks) in files
/// that only grow, on a file system which both see. Each letter is a record with a checksum, as in a journal.
namespace cohort_farm {

/// Writes. One process, and one thread of it at a time.
///
/// A file that has grown large is followed by another; the reader removes those it has read to their end. Nothing
/// is kept open: network file systems write at the latest when a file is closed, and look at its length when it is
/// opened.
class outgoing {
 public:
  /// `file`.0 exists, and is empty. `salt`: the same at the reader, and at nobody else.
  outgoing(std::string file, std::uint64_t salt, std::uint64_t turn_after = std::uint64_t{16} << 20)
      : file_{std::move(file)}, salt_{salt}, turn_after_{turn_after} {}

  /// Afterwards a reader finds the letter. Returns 0, or errno: then the same letter is to be tried again. ENOENT:
  /// the file is gone, so nobody wants to read any more.
  [[nodiscard]] int write(bytes_view letter);

 private:
  [[nodiscard]] int append(std::uint32_t kind, bytes_view payload);

  std::string file_;
  std::uint64_t salt_;
  std::uint64_t turn_after_;
  std::uint64_t page_ = 0;
  std::uint64_t end_ = 0;  ///< of the last whole record
  bool turning_ = false;   ///< an attempt to turn to the next file has failed, or seemed to
  bytes record_;
};

/// Reads.
class incoming {
 public:
  /// `page`: where to begin, if those before have been read (see first_page).
  incoming(std::string file, std::uint64_t salt, std::uint64_t page = 0)
      : file_{std::move(file)}, salt_{salt}, page_{page} {}

  /// Adds the letters that are there by now to `found`; what is not whole has not been written yet. Returns 0, or
  /// errno: ENOENT, if the file is gone. Throws format_error for a letter that is whole and none.
  [[nodiscard]] int read(std::vector<bytes>& found);

 private:
  [[nodiscard]] bool take(std::vector<bytes>& found, bool& turned);

  std::string file_;
  std::uint64_t salt_;
  std::uint64_t page_;
  std::uint64_t end_ = 0;  ///< up to there it was taken
  bytes held_;             ///< what follows
};

/// Throws format_error unless these bytes are a letter of whole items that exist (see crew::letter).
void check_letter(bytes_view letter);

/// The name of the file number `page` of a channel.
[[nodiscard]] std::string page_file(const std::string& file, std::uint64_t page);
/// The smallest number of the files that a channel has by now; 0 if there are none.
[[nodiscard]] std::uint64_t first_page(const std::string& file);
/// Makes the first one. Returns errno.
[[nodiscard]] int make_first_page(const std::string& file);

}  // namespace cohort_farm
