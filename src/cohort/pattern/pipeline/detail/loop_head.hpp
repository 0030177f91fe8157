#pragma once

#include <cohort/pattern/pipeline/detail/parcel.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

/// A loop of a pipeline on several segments. Its gate, at the end of one, gives items out to the next, and gets
/// back what the loop's stages give back. Between two segments of a loop nothing is under way when as many items
/// have been worked on behind as were given in front; what each has done is said in the letters that bring items
/// back.
///
/// The loop is at rest when that is so everywhere in it and nothing that has come back waits. For let the gate,
/// which alone closes the circle, see this. All that it gave is done, so the first segment makes no more of it;
/// what that has made is known, for each letter tells all that was made of the items it calls done; as much is done
/// in the second segment, and so on to the last. And what they gave back came in these letters, or before them. No
/// message is needed but those that bring work or say what has become of it, and a letter may come late, but not
/// wrong.
namespace cohort::detail {

/// What stands first in a letter to a gate.
struct back_head {
  std::uint64_t hop = 0;    ///< the sender's segment: 0 is the one after the gate's
  std::uint64_t done = 0;   ///< so many of the items that came to it have been worked on, since the letter before
  std::uint64_t made = 0;   ///< so many have been given to the next segment of the loop
  std::uint64_t items = 0;  ///< so many come back: entries
};

/// The part of one rank in a loop whose gate is on another one: what it has to say to the gate.
class way_back {
 public:
  /// `last`: no further segment belongs to the loop.
  way_back(int gate, std::size_t hop, bool last) : gate_{gate}, last_{last}, head_{.hop = hop} {}

  [[nodiscard]] int gate() const noexcept { return gate_; }
  /// The place for the payload of an entry that goes back.
  std::byte* room(const entry_head& head);
  void made() noexcept {
    if (!last_) ++head_.made;
  }
  void done() noexcept { ++head_.done; }
  [[nodiscard]] std::uint64_t untold() const noexcept { return head_.done; }
  /// Of the letter, if it has entries.
  [[nodiscard]] std::size_t bytes() const noexcept { return letter_.size(); }
  /// The letter: the next one begins empty.
  [[nodiscard]] std::vector<std::byte> letter();

 private:
  int gate_;
  bool last_;
  back_head head_;
  std::vector<std::byte> letter_;
};

/// What a gate knows of its loop.
class loop_head {
 public:
  /// `segments` of the loop after the gate's: 0 where there is no gate, or all of its loop is on its own rank.
  explicit loop_head(std::size_t segments) : under_way_(segments) {}

  /// An item has been given to the first of them.
  void gave() noexcept {
    if (!under_way_.empty()) ++under_way_.front();
  }
  /// A letter of a way_back.
  void add(std::vector<std::byte>&& letter);
  /// The next entry that has come back; valid until the next call.
  [[nodiscard]] std::optional<entry_view> next();
  [[nodiscard]] std::size_t waiting() const noexcept { return waiting_; }
  /// Nothing is in the loop: true also if there is none. No letter may be half received.
  [[nodiscard]] bool settled() const noexcept {
    for (const auto items : under_way_) {
      if (items != 0) return false;
    }
    return waiting_ == 0;
  }

 private:
  struct letter {
    std::vector<std::byte> bytes;
    std::size_t read = 0;
  };
  std::vector<std::int64_t> under_way_;  ///< to each segment; below 0 where the news of its front is late
  std::vector<letter> letters_;
  letter current_;  ///< holds what next() gave
  std::size_t waiting_ = 0;
};

}  // namespace cohort::detail
