#pragma once

#include <cohort/dispatch/types.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace cohort_simulate {

/// One item of a letter, as in cohort/pattern/crew/letter.hpp, without what a task is.
struct item {
  enum class word : std::uint8_t { run, recall, report, returned, recalled };
  word kind = word::run;
  cohort::dispatch::attempt_ref attempt;
  std::int64_t number = 0;  ///< report: running time in nanoseconds; recall: how many
};

struct letter {
  /// For a master: which of its workers wrote, or `from_above`.
  static constexpr std::uint32_t from_above = 0xffffffffU;
  std::uint32_t from = 0;
  bool local = false;  ///< no message: within a rank
  std::vector<item> items;
};

/// All letters on their way, by number; their memory is used again.
class letters {
 public:
  std::uint32_t add(std::uint32_t from, bool local, std::vector<item>&& items) {
    std::uint32_t place = 0;
    if (free_.empty()) {
      place = static_cast<std::uint32_t>(all_.size());
      all_.emplace_back();
    } else {
      place = free_.back();
      free_.pop_back();
    }
    letter& l = all_[place];
    l.from = from;
    l.local = local;
    l.items.swap(items);
    items.clear();
    sent_ += local ? 0 : 1;
    return place;
  }
  [[nodiscard]] bool is_local(std::uint32_t place) const { return all_[place].local; }
  /// Takes it out.
  void open(std::uint32_t place, letter& into) {
    letter& l = all_[place];
    into.from = l.from;
    into.local = l.local;
    into.items.swap(l.items);
    l.items.clear();
    free_.push_back(place);
  }
  [[nodiscard]] std::uint64_t sent() const { return sent_; }

 private:
  std::vector<letter> all_;
  std::vector<std::uint32_t> free_;
  std::uint64_t sent_ = 0;
};

}  // namespace cohort_simulate
