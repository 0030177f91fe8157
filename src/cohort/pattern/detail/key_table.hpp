#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace cohort::detail {

/// A hash table whose entries lie one behind the other in the order in which they came, so that they are sent,
/// sorted and returned as they lie; beside them a table of their numbers with linear probing. Entries leave only
/// all together. Hashes come from outside, well mixed. (The layout of Python's dict: R. Hettinger, "More compact
/// dictionaries with faster iteration", 2012.)
template <class Key, class Stored>
class key_table {
 private:
  struct slot {
    std::uint64_t hash = 0;
    std::size_t number = 0;  ///< of the entry, from 1; 0: free
  };

 public:
  using entry = std::pair<Key, Stored>;

  /// About what an entry takes besides what it owns.
  [[nodiscard]] static constexpr std::size_t entry_bytes() noexcept { return sizeof(entry) + 2 * sizeof(slot); }
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
  [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }
  [[nodiscard]] const std::vector<entry>& entries() const noexcept { return entries_; }

  /// Null if there is none.
  [[nodiscard]] Stored* find(const Key& key, std::uint64_t hash) {
    if (slots_.empty()) return nullptr;
    for (auto at = hash & mask();; at = (at + 1) & mask()) {
      const auto& found = slots_[at];
      if (found.number == 0) return nullptr;
      if (found.hash == hash && entries_[found.number - 1].first == key) return &entries_[found.number - 1].second;
    }
  }
  /// Adds an entry whose key is not there yet.
  void insert(Key&& key, Stored&& stored, std::uint64_t hash) {
    if (4 * (entries_.size() + 1) > 3 * slots_.size()) grow();
    entries_.emplace_back(std::move(key), std::move(stored));
    put({hash, entries_.size()});
  }
  /// Forgets all entries, keeps the memory for as many.
  void clear() noexcept {
    entries_.clear();
    slots_.assign(slots_.size(), {});
  }
  /// All entries, out of the table, which is empty then.
  [[nodiscard]] std::vector<entry> release() noexcept {
    slots_.clear();
    return std::exchange(entries_, {});
  }

 private:
  [[nodiscard]] std::size_t mask() const noexcept { return slots_.size() - 1; }
  void put(slot what) noexcept {
    auto at = what.hash & mask();
    while (slots_[at].number != 0) at = (at + 1) & mask();
    slots_[at] = what;
  }
  void grow() {
    std::vector<slot> larger(slots_.empty() ? 16 : 2 * slots_.size());
    slots_.swap(larger);
    for (const auto& old : larger) {
      if (old.number != 0) put(old);
    }
  }

  std::vector<entry> entries_;
  std::vector<slot> slots_;  ///< a power of two of them, at most three quarters taken
};

}  // namespace cohort::detail
