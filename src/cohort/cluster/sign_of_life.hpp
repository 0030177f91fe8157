#pragma once

#include <cohort/cluster/allocation.hpp>

#include <atomic>
#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

namespace cohort::cluster {

/// Shows cohort-run that rank 0 lives. Under --fault-tolerant, mpirun may go on for ever when the rank that leaves
/// the verdict has died, hangs in the kernel, or went down with its host. So cohort-run makes a file beside that of
/// the verdict (its name and ".alive"), and ends a job whose rank 0 has begun to write there and then stops for
/// long.
///
/// Make one on rank 0, once MPI has begun; keep it until the verdict is left. It owns a thread that writes once a
/// second, and calls no MPI. Does nothing where nobody asks, or where the file cannot be written. Not collective;
/// throws std::system_error if no thread can be started.
class sign_of_life {
 public:
  explicit sign_of_life(const variables& environment = process_variable) : sign_of_life{forever, environment} {}
  /// Made before MPI begins, it gives signs for `start` at most, until begun(): a rank that is lost in MPI_Init or
  /// in a collective call makes all others wait in it, for ever.
  /// Meanwhile they say that the job is being started: if cohort-run sees a rank end then, it ends the job.
  explicit sign_of_life(std::chrono::seconds start, const variables& environment = process_variable);
  sign_of_life(const sign_of_life&) = delete;
  sign_of_life& operator=(const sign_of_life&) = delete;
  /// Ends the thread, at once.
  ~sign_of_life() = default;

  /// From here on the loss of another rank stops this one no more.
  void begun() noexcept { begun_ = true; }

 private:
  static constexpr std::chrono::seconds forever = std::chrono::hours{24 * 365 * 100};
  void give_signs(const std::stop_token& stop, const std::string& path, std::chrono::seconds start) const;

  std::atomic<bool> begun_{false};
  std::jthread thread_;
};

/// For the one who waits for the verdict in that file: asks for signs of life. Returns false if the file cannot be
/// made.
bool ask_for_signs(const std::string& verdict_path);
/// The sign that was seen last, which differs from the one before; std::nullopt if there is none (yet).
[[nodiscard]] std::optional<std::string> read_sign(const std::string& verdict_path);

/// Whether that sign says that rank 0 still waits for all ranks.
[[nodiscard]] bool says_starting(const std::string& sign);

/// Removes what was left at a verdict's place: the verdict, one half written, and the signs of life.
void remove_verdict(const std::string& verdict_path) noexcept;

}  // namespace cohort::cluster
