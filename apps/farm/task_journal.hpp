#pragma once

#include <cohort/journal/writer.hpp>

#include "farm/joblog.hpp"
#include "farm/task_list.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace cohort_farm {

/// How a task ended for good, as the journal keeps it.
struct recorded_end {
  std::uint64_t seq = 0;  ///< from 1
  std::int32_t exit_value = 0;
  std::int32_t signal = 0;
  std::uint32_t attempt = 0;    ///< from 0
  std::uint32_t rank = 0;       ///< where the last attempt ran; no_rank: not known
  double start = 0;             ///< seconds since the epoch
  double runtime = 0;           ///< seconds
  std::uint64_t out_bytes = 0;  ///< of its standard output
  std::uint64_t err_bytes = 0;  ///< of its standard error
  std::string host;

  static constexpr std::uint32_t no_rank = ~std::uint32_t{0};
  friend bool operator==(const recorded_end&, const recorded_end&) = default;
};
[[nodiscard]] std::vector<std::byte> encode(const recorded_end& what);
/// Throws format_error.
[[nodiscard]] recorded_end decode_end(std::span<const std::byte> from);

/// By seq; where a task ended several times, the last counts.
using recorded_ends = std::map<std::uint64_t, recorded_end>;

/// The journal of a run: the file `journal` in the directory of --journal, which belongs to one list of tasks (what
/// its commands are, wherever it lies). See cohort::journal::writer for what survives what.
class task_journal {
 public:
  /// Goes on with the journal in `directory`, or begins one; makes the directory if its parent exists. Throws
  /// farm_error; and, if not `resume`, for a journal that has ends in it.
  [[nodiscard]] static task_journal open(const std::string& directory, const task_list& tasks, bool resume);
  /// What open() would find, without a change to anything. Throws farm_error.
  [[nodiscard]] static recorded_ends look(const std::string& directory, const task_list& tasks);

  /// What the journal had when it was opened.
  [[nodiscard]] const recorded_ends& ended() const noexcept { return ended_; }

  /// Afterwards the end survives this process, and within 100 ms the machine. Throws farm_error.
  void append(const recorded_end& what);
  /// Afterwards it survives the machine. Throws farm_error.
  void sync();

 private:
  recorded_ends ended_;
  std::unique_ptr<cohort::journal::writer> writer_;
};

}  // namespace cohort_farm
