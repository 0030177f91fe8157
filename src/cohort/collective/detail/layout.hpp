#pragma once

#include <cohort/core/counts_view.hpp>
#include <cohort/core/detail/comm_state.hpp>
#include <cohort/core/mpi_error.hpp>

#include <climits>
#include <cstddef>
#include <cstring>
#include <vector>

namespace cohort::detail {

/// What the counts and displacements of the uneven collectives can hold, in MPI's units. Where a function takes
/// another limit, that is for tests: its ways beyond the limit are then walked with little data.
inline constexpr std::size_t int_limit = static_cast<std::size_t>(INT_MAX);

/// Whether a block is left out of an uneven collective and goes as a message of its own. Only its length and what
/// all ranks know decides, so both ends agree; blocks that stay fit MPI's ints all together.
[[nodiscard]] inline bool goes_alone(std::size_t units, int ranks, std::size_t limit) noexcept {
  return units > limit / static_cast<std::size_t>(ranks);
}

/// Counts and offsets of blocks that lie one behind the other, in units of MPI elements, for the uneven
/// collectives. All of them together must fit an int.
struct layout {
  std::vector<int> counts;
  std::vector<int> offsets;

  layout(counts_view elements, std::size_t per_element) {
    reserve(elements.size());
    std::size_t at = 0;
    for (std::size_t r = 0; r != elements.size(); ++r) {
      add(at, elements[r] * per_element);
      at += elements[r] * per_element;
    }
  }

 protected:
  layout() = default;
  void reserve(std::size_t ranks) {
    counts.reserve(ranks);
    offsets.reserve(ranks);
  }
  void add(std::size_t offset, std::size_t units) {
    offsets.push_back(static_cast<int>(offset));
    counts.push_back(static_cast<int>(units));
  }
};

/// The same without the blocks that go alone, whose counts are zero here. `in_place`: the offsets are those of the
/// whole. Where they would be too large, the blocks are meant to be packed tightly, in memory for `packed`
/// elements.
struct short_layout : layout {
  bool in_place = true;
  std::size_t packed = 0;

  short_layout(counts_view elements, std::size_t per_element, std::size_t limit) {
    const auto ranks = static_cast<int>(elements.size());
    reserve(elements.size());
    in_place = elements.total() * per_element <= limit;
    std::size_t at = 0;
    for (std::size_t r = 0; r != elements.size(); ++r) {
      const bool alone = goes_alone(elements[r] * per_element, ranks, limit);
      const auto stays = alone ? 0 : elements[r];
      add((in_place ? at : packed) * per_element, stays * per_element);
      packed += stays;
      at += elements[r];
    }
  }
};

template <class Element>
void copy_elements(Element* to, const void* from, std::size_t n) noexcept {
  if (n != 0) std::memcpy(static_cast<void*>(to), from, n * sizeof(Element));
}

/// Counts must be one per rank, none negative, and add up to what there is.
inline void check_counts(const char* routine, const comm_state& state, counts_view counts, std::size_t elements,
                         const call_site& where) {
  if (counts.size() != static_cast<std::size_t>(state.size)) bad_counts(routine, state, counts.size(), where);
  for (std::size_t r = 0; r != counts.size(); ++r) {
    if (counts.at(r) < 0) {
      throw_argument_error(routine, state.rank, "a count of {}; counts are 0 or more", counts.at(r), where);
    }
  }
  check_length(routine, state, elements, counts.total(), where);
}

}  // namespace cohort::detail
