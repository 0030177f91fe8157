#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

/// What a watchdog tells of a job in which nothing moves: pure functions of what each rank says it does.
namespace cohort::observe {

/// Of whom or what a call waits. @{
inline constexpr int anybody = -1;
inline constexpr int nobody_known = -2;  ///< a rank of another program, or one that is not told
inline constexpr int any_tag = -1;
/// @}

/// One thing that a thread waits for, or did. Ranks are those of the whole job.
struct step {
  enum class kind : std::uint8_t { receives, sends, together, other };
  std::string operation;
  kind what = kind::other;
  int comm = -1;  ///< position in presence::comms; none if negative
  int peer = nobody_known;
  int tag = any_tag;
  std::string file = {};
  int line = 0;
};

struct thread_state {
  enum class kind : std::uint8_t {
    outside,  ///< of cohort; `steps` holds the last call, if there was one
    waits,    ///< for the steps, or (with `any_of`) for one or more of them
    looks     ///< for a message, again and again, and there is none
  };
  kind does = kind::outside;
  std::string any_of = {};  ///< "wait_all"
  std::vector<step> steps = {};
  std::uint32_t more = 0;       ///< steps that there was no room for
  double seconds = 0;           ///< for how long
  std::vector<step> sent = {};  ///< the last messages, oldest first
};

/// A communicator, the same on all its ranks: its number in MPI, and its ranks in order, as runs of (first, how
/// many, distance).
struct ranks_of {
  std::string name;
  std::int64_t number = 0;
  std::vector<int> runs;
};
[[nodiscard]] std::vector<int> to_runs(std::span<const int> ranks);
[[nodiscard]] std::vector<int> from_runs(std::span<const int> runs);

/// What a rank says of itself.
struct presence {
  int rank = 0;
  std::string host = {};
  bool silent = false;  ///< it has not answered
  bool left = false;    ///< its environment has ended
  std::uint64_t moves = 0;
  std::vector<ranks_of> comms = {};
  std::vector<thread_state> threads = {};
};

struct verdict {
  std::string text;    ///< lines
  bool stuck = false;  ///< some ranks wait for what can never come, whatever the others do
};

/// The roll call of all ranks, in the order of their numbers from 0. Its length depends on how many different
/// things the ranks do, not on how many they are.
[[nodiscard]] verdict roll_call(std::span<const presence> all, double seconds);

/// As in "30 s" and "ranks 0-2, 5". @{
[[nodiscard]] std::string seconds_text(double seconds);
[[nodiscard]] std::string ranks_text(std::span<const int> ranks);
/// @}

}  // namespace cohort::observe
