#pragma once

#include <cohort/process/intercommunicator.hpp>

#include <map>
#include <string>
#include <vector>

namespace cohort {

struct spawn_options {
  /// The rank whose command, arguments and options count.
  int root = 0;
  /// Start the processes although all slots that mpirun has are taken. Otherwise the lack of a slot is an error.
  bool oversubscribe = false;
  /// Where they start; the root's directory if empty.
  std::string directory = {};
  /// Hints for MPI, such as {"host", "node7"} or {"add-host", "node8"}.
  std::map<std::string, std::string> info = {};
};

/// Starts `n` processes that run `command` with `arguments`, an MPI program with a world of its own, and returns
/// the way to them: MPI_Comm_spawn. Collective over `comm`; blocks until the children have called MPI_Init (made
/// their environment). Children find their parents with parent(). Works under mpirun and in a program started
/// without it.
///
/// Parents and children wait for each other at their end unless both have called disconnect(). An exception that
/// leaves main, or abort(), ends the children's job and, while they are connected, the parents' too.
///
/// Throws mpi_error (of class MPI_ERR_SPAWN) on all ranks if slots are lacking. With Open MPI 4.1 take it as the
/// end of the job: later spawns fail too, and mpirun does not return after a program that ends well in spite of it.
/// A job of several ranks should spawn once, all that it needs: when it spawns again, Open MPI 4.1.4 hangs now and
/// then (5 of 20 runs of a plain MPI program of two ranks that spawns five times; none of 25 that spawns once).
/// A command that does not exist is not even an exception: mpirun says so and ends the job.
[[nodiscard]] intercommunicator spawn(const communicator& comm, const std::string& command,
                                      const std::vector<std::string>& arguments, int n,
                                      const spawn_options& options = {}, call_site where = call_site::current());

/// The way to the processes that started this one with spawn; one that is false if it was started otherwise, or is
/// disconnected. Not collective, and not freed by our destructor.
[[nodiscard]] intercommunicator parent();

}  // namespace cohort
