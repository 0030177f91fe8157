#pragma once

#include <cohort/pattern/crew/runner.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace cohort::crew {

/// What the items of a letter mean.
enum class word : std::uint8_t {
  // root -> worker
  run,     ///< run this job; payload: the task
  stop,    ///< end this job
  recall,  ///< give back up to `number` jobs that have not begun; answered by `returned`s and one `recalled`
  leave,   ///< nothing more will come: finish what is here within `number` nanoseconds, then say bye
  // worker -> root
  hello,     ///< I run `number` jobs at once; payload: my host
  report,    ///< a runner's report, see item::what
  returned,  ///< this job has not begun and comes back
  recalled,  ///< that was all for your recall
  drain,  ///< I run nothing more: what has not begun comes back as `returned`, what is ended as a `stopped` report
  bye,    ///< I am gone; `number`: jobs left behind, still running
  // both
  note,  ///< for the program on the root, or for the runner
  beat,  ///< nothing, but I am here; `number`, if not 0: say it back, if I am still one of yours
  // root -> worker, where ranks may be lost (see survival)
  farewell  ///< all have said bye or are lost, go; `number`: how many are lost
};

/// One item of a letter; its payload follows it.
struct item {
  word kind = word::note;
  report::kind what = report::kind::note;
  std::uint16_t member = 0;  ///< see report::member
  std::uint32_t attempt = 0;
  std::uint64_t task = 0;
  std::int64_t number = 0;  ///< nanoseconds, or a count
  std::uint64_t bytes = 0;  ///< of the payload
};
static_assert(std::is_trivially_copyable_v<item> && sizeof(item) == 32);

/// Items one behind the other, sent as one message: the post of a whole batch costs one MPI_Isend.
class letter {
 public:
  void add(word kind, job of = {}, std::int64_t number = 0, std::span<const std::byte> payload = {},
           report::kind what = report::kind::note, std::uint16_t member = 0) {
    auto* place = append(kind, of, number, what, payload.size(), member);
    if (!payload.empty()) std::memcpy(place, payload.data(), payload.size());
  }
  /// The same with a payload that `write(std::byte*)` writes, `bytes` long. If it throws, the letter is as before.
  template <class Write>
  void add_written(word kind, job of, std::size_t bytes, Write&& write) {
    const auto mark = bytes_.size();
    auto* place = append(kind, of, 0, report::kind::note, bytes);
    try {
      std::forward<Write>(write)(place);
    } catch (...) {
      bytes_.resize(mark);
      throw;
    }
  }

  [[nodiscard]] bool empty() const noexcept { return bytes_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); }
  /// The message; the letter is empty afterwards.
  [[nodiscard]] std::vector<std::byte> take() noexcept { return std::exchange(bytes_, {}); }

 private:
  std::byte* append(word kind, job of, std::int64_t number, report::kind what, std::size_t payload,
                    std::uint16_t member = 0) {
    const item head{kind, what, member, of.attempt, of.task, number, payload};
    const auto at = bytes_.size();
    bytes_.resize(at + sizeof head + payload);
    std::memcpy(bytes_.data() + at, &head, sizeof head);
    return bytes_.data() + at + sizeof head;
  }

  std::vector<std::byte> bytes_;
};

/// Reads a letter item by item.
class letter_reader {
 public:
  explicit letter_reader(std::span<const std::byte> bytes) noexcept : left_{bytes} {}

  struct entry {
    item head;
    std::span<const std::byte> payload;
    [[nodiscard]] job of() const noexcept { return {head.task, head.attempt}; }
  };
  [[nodiscard]] std::optional<entry> next() {
    if (left_.size() < sizeof(item)) return std::nullopt;
    entry result;
    std::memcpy(&result.head, left_.data(), sizeof(item));
    left_ = left_.subspan(sizeof(item));
    result.payload = left_.first(result.head.bytes);
    left_ = left_.subspan(result.head.bytes);
    return result;
  }

 private:
  std::span<const std::byte> left_;
};

}  // namespace cohort::crew
