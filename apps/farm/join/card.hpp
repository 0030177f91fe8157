#pragma once

#include "farm/wire.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// What a farm and those that join it tell of themselves, in files of DIR/join.
namespace cohort_farm {

/// Of all that is written there. Who finds another one has another version of cohort-farm before him.
inline constexpr std::uint32_t exchange_format = 2;

/// DIR/join/farm: a farm runs here, and can be joined.
struct farm_card {
  std::uint64_t run = 0;              ///< a random number that names the run
  std::uint64_t beat = 0;             ///< greater each time it is written
  std::chrono::nanoseconds lease{0};  ///< whoever was silent for so long is lost
  bool report_starts = false;         ///< say when a task begins
  std::string host;                   ///< of the root
  std::string directory;              ///< where its commands run
  std::string results;                ///< --results, absolute; empty: none
};
/// DIR/join/NAME/hello: somebody has come.
struct guest_card {
  std::uint64_t run = 0;              ///< which run it wants to join
  std::uint64_t salt = 0;             ///< of the records of its channels
  std::chrono::nanoseconds lease{0};  ///< as the farm's card told it
  std::uint32_t slots = 0;            ///< commands at a time, on all its ranks
  std::string host;
};

/// Whole files. Decoded: nothing, if it is not whole (or no card at all). They throw format_error for one of
/// another format. @{
[[nodiscard]] bytes encode(const farm_card& what);
[[nodiscard]] bytes encode(const guest_card& what);
[[nodiscard]] std::optional<farm_card> decode_farm_card(bytes_view file);
[[nodiscard]] std::optional<guest_card> decode_guest_card(bytes_view file);
/// @}

/// Where things are in the directory of a journal. @{
[[nodiscard]] inline std::string join_directory(const std::string& journal) {
  return journal + "/join";
}
[[nodiscard]] inline std::string farm_card_file(const std::string& journal) {
  return join_directory(journal) + "/farm";
}
/// Where a guest keeps, in its own directory, the output of an attempt that is too large for a report.
[[nodiscard]] std::string output_name(cohort::crew::job of, stream from);
/// @}

/// Whether this is the name of a guest's directory: `guest-` and 16 hexadecimal digits.
[[nodiscard]] bool is_guest_name(std::string_view name);
[[nodiscard]] std::string guest_name(std::uint64_t salt);
[[nodiscard]] std::uint64_t random_number();

/// Small files. write_file: to a name beside it, then renamed, so that a reader finds the old one or the new one;
/// both return errno. @{
[[nodiscard]] int write_file(const std::string& name, bytes_view what);
[[nodiscard]] int read_file(const std::string& name, bytes& into);
/// @}

}  // namespace cohort_farm
