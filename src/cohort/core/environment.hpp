#pragma once

#include <cohort/core/communicator.hpp>

#include <string>

namespace cohort {

/// What MPI allows threads to do; in order of power. A library's use of threads counts too: cohort's own patterns
/// call MPI from one thread only, so funneled is enough for them. To communicate in several threads ask for
/// `multiple`, or for `serialized` and lock around every call; p2p.hpp says what each allows.
enum class thread_level {
  single,      ///< the program has one thread
  funneled,    ///< only the thread that made the environment calls MPI
  serialized,  ///< any thread calls MPI, never two at a time
  multiple     ///< any thread calls MPI at any time
};
[[nodiscard]] const char* to_string(thread_level level) noexcept;
/// What MPI has granted to this process, whoever initialised it. Not collective.
[[nodiscard]] thread_level current_threads();

struct environment_options {
  thread_level threads = thread_level::funneled;
  /// A watchdog (see docs/deadlocks.md): when nothing has moved on any rank for this many seconds, the process of
  /// rank 0 prints on standard error what every rank waits for, and with `watchdog_abort` ends the job with status
  /// 1 if some wait for what cannot come. 0: none. The environment variables COHORT_WATCHDOG ("30", "500ms",
  /// "30s,abort", "off") and COHORT_WATCHDOG_ABORT come before these; of several ranks that differ, the highest
  /// counts. @{
  double watchdog = 0;
  bool watchdog_abort = false;
  /// @}
};

/// MPI, initialised for as long as this object lives; make one at the start of main, on every rank (collective).
///
/// - If MPI is initialised already, joins it: uses it, and leaves its end to whoever began it.
/// - Works without mpirun: then there is one rank.
/// - An exception that escapes main on one rank is printed once, with rank, host and type, and the job is aborted
/// with
///   status 1: the other ranks never wait for a rank that is gone. If main catches it outside the environment's
///   scope, main's own report comes first, and the job is aborted when the process exits.
/// - Checks that all ranks run on one architecture, since plain types travel as bytes. Throws error if not.
///
/// Cost: MPI_Init_thread, one MPI_Allreduce, one MPI_Comm_dup; with a watchdog one MPI_Bcast and a thread.
class environment {
 public:
  /// Without the command line, which Open MPI does not need.
  explicit environment(environment_options options = {});
  /// The same; MPI may take arguments of its own out of argv.
  environment(int& argc, char**& argv, environment_options options = {});
  environment(const environment&) = delete;
  environment& operator=(const environment&) = delete;
  /// MPI_Finalize (collective), unless the environment was joined. During the unwinding of an exception no other
  /// rank may be waited for, so nothing is finalised and the job is aborted at exit. Nor is MPI finalised after a
  /// fault-tolerant pattern has survived the loss of a rank, which would be waited for: the process ends with
  /// main's status all the same.
  ~environment();

  /// All ranks of the job, a duplicate of MPI_COMM_WORLD made with the environment. Not collective.
  [[nodiscard]] const communicator& world() const noexcept { return world_; }

  [[nodiscard]] thread_level requested_threads() const noexcept { return requested_; }
  [[nodiscard]] thread_level granted_threads() const noexcept { return granted_; }
  /// Throws error, with what to do, unless at least `level` was granted.
  void require_threads(thread_level level, call_site where = call_site::current()) const;

  /// Whether this object began MPI, and so ends it.
  [[nodiscard]] bool owns_mpi() const noexcept { return owns_; }
  /// This rank's node, as MPI names it.
  [[nodiscard]] const std::string& host() const noexcept { return host_; }

  /// Ends the whole job now, with `status`.
  [[noreturn]] static void abort(int status = 1);

 private:
  environment(int* argc, char*** argv, environment_options options);

  thread_level requested_;
  thread_level granted_ = thread_level::single;
  bool owns_ = false;
  int exceptions_;
  std::string host_;
  communicator world_;
};

}  // namespace cohort
