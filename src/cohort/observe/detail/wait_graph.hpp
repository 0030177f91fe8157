#pragma once

#include <cohort/observe/roll_call.hpp>

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace cohort::observe::detail {

/// Who waits for whom. A rank can go on if it is not in one of cohort's waits, or if what it waits for may still
/// come; the others are stuck: found as what is left when all that can go on has been taken away, so nothing is
/// called stuck that a rank outside cohort could still help.
class wait_graph {
 public:
  explicit wait_graph(std::span<const presence> all);

  [[nodiscard]] bool stuck(int rank) const { return !left(rank) && !live_[index(rank)]; }
  [[nodiscard]] bool any_stuck() const;
  /// It will take part in nothing any more.
  [[nodiscard]] bool gone(int rank) const { return gone_[index(rank)]; }

  /// Ranks of the communicator that are not in the collective operation in which others wait.
  struct absence {
    const step* example;
    std::vector<int> ranks;
  };
  [[nodiscard]] std::vector<absence> absences() const;

  struct link {
    int rank;
    int for_rank;
    const step* by;
  };
  /// Ranks that wait for each other, each list once round. None of collective operations alone: absences tell
  /// these.
  [[nodiscard]] std::vector<std::vector<link>> cycles() const;
  /// Stuck ranks that wait for a message from or to a rank that has left.
  [[nodiscard]] std::vector<link> forsaken() const;
  /// Messages that a stuck receiver does not want, and what it wants.
  struct mismatch {
    int sender;
    int receiver;
    const step* sent;
    const step* wanted;
    bool waits;  ///< the sender still waits
  };
  [[nodiscard]] std::vector<mismatch> mismatches() const;

 private:
  struct need {
    bool may_come = false;
    bool all = true;  ///< of these ranks, or else any
    std::vector<int> of = {};
  };
  using place_of_meeting = std::pair<int, std::string>;

  static std::size_t index(int rank) { return static_cast<std::size_t>(rank); }
  [[nodiscard]] bool left(int rank) const { return all_[index(rank)].left; }
  [[nodiscard]] int comm_of(int rank, const step& s) const;
  [[nodiscard]] bool matched(int receiver, const step& receives, int sender) const;
  [[nodiscard]] bool accepts(int receiver, const step& receives, int sender, const step& sends) const;
  [[nodiscard]] need needs(int rank, const step& s) const;
  [[nodiscard]] need needs_together(int rank, const step& s, int comm) const;
  [[nodiscard]] std::vector<int> absent(int comm, const std::string& operation) const;
  [[nodiscard]] bool fulfilled(const need& n) const;
  [[nodiscard]] bool helps(int rank) const { return live_[index(rank)] && !gone_[index(rank)]; }
  void number_communicators();
  void note_meetings();
  void spread();
  template <class F>
  void each_wait(int rank, F&& f) const;

  std::span<const presence> all_;
  std::vector<std::vector<int>> comms_;               ///< number of each rank's communicators
  std::vector<std::vector<int>> members_;             ///< of each communicator
  std::map<place_of_meeting, std::vector<int>> met_;  ///< ranks in each collective operation, in order
  std::map<place_of_meeting, std::pair<int, const step*>> first_;
  std::vector<bool> live_;
  std::vector<bool> gone_;
};

}  // namespace cohort::observe::detail
