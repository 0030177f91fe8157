#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace cohort {

/// What the placement of a pipeline needs to know of one of its stages. The first is the source.
struct stage_needs {
  int replicas = 0;       ///< wanted, 0: as many as there are ranks to spare
  bool pinned = false;    ///< runs on one rank only
  bool ordered = false;   ///< takes items in the order of the source; pinned
  bool many = false;      ///< may make several items of one
  std::size_t loop = 0;   ///< a gate: gives out the items of so many stages after it, which give some back; pinned
  bool measured = false;  ///< gets ranks to spare as its load demands
};

/// Neighbouring stages that call each other without a message, and the ranks that run them.
struct segment {
  std::size_t first = 0;  ///< stages, the last included
  std::size_t last = 0;
  std::vector<int> ranks = {};  ///< each of which has all these stages; ascending

  /// Where items may come in another order than the source's and a stage wants that order, they carry numbers.
  /// `sorts`: this segment brings what comes back into order. `depth`: how many numbers an item has that leaves it,
  /// 0 for none: one from the segment that began to count, one from each later one that makes several items of one.
  bool sorts = false;
  bool counts = false;  ///< gives the first of these numbers, from 0
  std::size_t depth = 0;
  std::size_t counter = 0;  ///< if it sorts: the segment that counts

  /// Where a loop is on several segments, at most one crosses each end of a segment.
  std::size_t loop = 0;  ///< has a gate, which gets items back from so many segments after this one
  std::size_t back = 0;  ///< the gate of the loop that its first stages are in is so many segments before this one

  friend bool operator==(const segment&, const segment&) = default;
};

/// Shares the stages of a pipeline out to `ranks` ranks (1 or more): a function of its arguments alone, so every
/// rank computes the same. With fewer ranks than stages neighbours share a rank, so that the greatest number of
/// wanted replicas on one rank is as small as it can be. Otherwise each stage has a rank of its own; what is left
/// goes round the stages that want more, first those that name a number, then evenly to all that are not pinned.
/// The segments are in order, and so are their ranks; the last ranks of all may be left without one. So are those
/// that would be a second one of a measured stage: place_spares() gives them out when loads are known.
[[nodiscard]] std::vector<segment> place_stages(const std::vector<stage_needs>& stages, int ranks);

/// Whether ranks are left that measured stages should get.
[[nodiscard]] bool has_spares(const std::vector<stage_needs>& stages, const std::vector<segment>& segments,
                              int ranks);
/// Gives them to the measured stages, one after the other to that with the most load per rank. All other ranks keep
/// their stages. `loads`: what each stage took for the same items.
void place_spares(const std::vector<stage_needs>& stages, std::vector<segment>& segments, int ranks,
                  const std::vector<std::int64_t>& loads);

}  // namespace cohort
