#pragma once

#include <cohort/dispatch/types.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace cohort::dispatch::detail {

/// A binary heap of moments, one per element 0, 1, ... at most, from which any element can be taken: attempts that
/// end in time leave nothing behind. O(log n).
class deadlines {
 public:
  [[nodiscard]] bool empty() const { return heap_.empty(); }
  [[nodiscard]] std::size_t size() const { return heap_.size(); }
  [[nodiscard]] time_point earliest() const { return heap_.front().when; }
  [[nodiscard]] std::uint32_t first() const { return heap_.front().element; }
  [[nodiscard]] bool contains(std::uint32_t element) const {
    return element < place_.size() && place_[element] != none;
  }

  /// The element must not be there yet.
  void insert(std::uint32_t element, time_point when) {
    if (element >= place_.size()) place_.resize(element + std::size_t{1}, none);
    heap_.push_back({when, element});
    rise(heap_.size() - 1);
  }

  /// Takes it out, if it is there.
  void erase(std::uint32_t element) {
    if (!contains(element)) return;
    const std::size_t hole = place_[element];
    place_[element] = none;
    const entry moved = heap_.back();
    heap_.pop_back();
    if (hole == heap_.size()) return;
    heap_[hole] = moved;
    rise(hole);
    sink(place_[moved.element]);
  }

  [[nodiscard]] bool valid() const {
    for (std::size_t i = 0; i < heap_.size(); ++i) {
      if (place_[heap_[i].element] != i || (i > 0 && heap_[i].when < heap_[(i - 1) / 2].when)) return false;
    }
    return true;
  }

 private:
  static constexpr std::uint32_t none = 0xffffffffU;
  struct entry {
    time_point when;
    std::uint32_t element;
  };

  void put(std::size_t i, entry e) {
    heap_[i] = e;
    place_[e.element] = static_cast<std::uint32_t>(i);
  }
  void rise(std::size_t i) {
    const entry e = heap_[i];
    for (; i > 0 && e.when < heap_[(i - 1) / 2].when; i = (i - 1) / 2) put(i, heap_[(i - 1) / 2]);
    put(i, e);
  }
  void sink(std::size_t i) {
    const entry e = heap_[i];
    for (;;) {
      std::size_t child = 2 * i + 1;
      if (child >= heap_.size()) break;
      if (child + 1 < heap_.size() && heap_[child + 1].when < heap_[child].when) ++child;
      if (heap_[child].when >= e.when) break;
      put(i, heap_[child]);
      i = child;
    }
    put(i, e);
  }

  std::vector<entry> heap_;
  std::vector<std::uint32_t> place_;  ///< of each element in the heap, or none
};

}  // namespace cohort::dispatch::detail
