#pragma once

#include <cohort/pattern/crew/runner.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <type_traits>
#include <vector>

namespace cohort::crew {

/// What the root and the members of a gang say to each other, in notes. The values are none that another note
/// begins with.
enum class seat_word : std::uint64_t {
  begun = 0x5ea7'0000'0000'0000,  ///< to the root: this seat waits for the others
  go,                             ///< to a member: all are there; the ranks of all follow, the leader first
  release                         ///< to a member: all have left, their communicator may go
};

struct seat_note {
  seat_word what = seat_word::begun;
  std::uint64_t serial = 0;  ///< of the gang
  job seat;
};
static_assert(std::is_trivially_copyable_v<seat_note>);

[[nodiscard]] inline std::vector<std::byte> write_seat_note(const seat_note& note,
                                                            std::span<const int> members = {}) {
  std::vector<std::byte> text(sizeof note + members.size_bytes());
  std::memcpy(text.data(), &note, sizeof note);
  if (!members.empty()) std::memcpy(text.data() + sizeof note, members.data(), members.size_bytes());
  return text;
}

/// Nothing if it is another note; else `text` begins behind it afterwards.
[[nodiscard]] inline std::optional<seat_note> read_seat_note(std::span<const std::byte>& text) {
  seat_note note;
  if (text.size() < sizeof note) return std::nullopt;
  std::memcpy(&note, text.data(), sizeof note);
  if (note.what < seat_word::begun || note.what > seat_word::release) return std::nullopt;
  text = text.subspan(sizeof note);
  return note;
}

}  // namespace cohort::crew
