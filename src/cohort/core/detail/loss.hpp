#pragma once

#include <mpi.h>

#include <chrono>

namespace cohort::detail {

/// Where ranks may be lost, towards which no MPI call ever returns (see docs/faults.md): what this process knows of
/// it, and how it ends then. Part of the MPI environment, which is global by nature. All of it from any thread.

/// From now on ranks may be lost, and the rest is to live on: MPI_Finalize, which would wait for one that was lost
/// unnoticed, is given up after half a minute on the rank whose status is the job's (see at_end), as if the loss
/// had been noted then; the others end with that rank. SIGPIPE, which a lost rank's connection may bring, is
/// ignored unless the program has a handler.
void expect_losses() noexcept;
[[nodiscard]] bool losses_expected() noexcept;

/// A rank was lost. MPI goes on working towards the others, but it can neither be finalised on this rank nor free
/// what may need the lost one: mpi_active() is false, destructors leave their handles alone, and the process ends
/// without MPI_Finalize, with the status that main returns or std::exit is given.
///
/// It ends in a handler of glibc's on_exit, registered before the program's first constructor. So the program's own
/// atexit handlers and the destructors of its static objects have run by then, and those of threads' objects; what
/// stdio and std::cout hold is flushed. What does not run: handlers that shared libraries registered as they were
/// loaded, their destructors, and functions with __attribute__((destructor)).
void note_loss() noexcept;
[[nodiscard]] bool loss_noted() noexcept;

/// MPI is initialised and not finalised, whatever was lost.
[[nodiscard]] bool mpi_begun() noexcept;

/// After a loss: waits until an operation is complete, for `most` at most; one that `receives` is cancelled. What a
/// living rank takes part in ends soon, and what the lost one does never: once that was waited for in vain, later
/// waits are short. False: it is not complete, so MPI may still use its memory.
[[nodiscard]] bool completes_in_time(MPI_Request& raw, bool receives, std::chrono::nanoseconds most) noexcept;

/// Ends MPI: MPI_Finalize, where that is to be done. Returns when MPI has ended, or is not going to. Collective as
/// long as no loss is noted.
void end_mpi() noexcept;

/// Has `what` called with the exit status when this process ends by the end of main or std::exit, where it would
/// leave by _exit otherwise; or with 1 when an exception that nobody has caught ends it. Null: nothing is called.
/// The last call counts; a child process does not call it.
void at_end(void (*what)(int status)) noexcept;
/// The process ends now by another way.
void tell_end(int status) noexcept;

}  // namespace cohort::detail
