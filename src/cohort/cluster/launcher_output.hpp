#pragma once

#include <cohort/cluster/allocation.hpp>

#include <string>
#include <sys/types.h>

namespace cohort::cluster {

/// The standard output and standard error that cohort-run itself was given, for its rank 0. What rank 0 writes to
/// its own goes to mpirun, which writes it a moment later, or never, if it is killed or the disk is full, and says
/// nothing. What is written to these is in the user's file, pipe or terminal when write() returns, and an error is
/// its error.
///
/// Make one on rank 0; it asks cohort-run, and waits for two seconds at most. Where nobody answers (under mpirun
/// alone, or if rank 0 is not on cohort-run's host), and for a stream that somebody has redirected on its way to
/// here, they are this process's own. The files are shared with cohort-run, their position and flags with them: do
/// not make them non-blocking. What is written there passes by what mpirun still has to write. Owns descriptors
/// that are closed by exec. Not collective; throws nothing.
class launcher_output {
 public:
  explicit launcher_output(const variables& environment = process_variable) noexcept;
  launcher_output(const launcher_output&) = delete;
  launcher_output& operator=(const launcher_output&) = delete;
  ~launcher_output();

  [[nodiscard]] int out() const noexcept { return out_; }
  [[nodiscard]] int err() const noexcept { return err_; }
  /// Whether out() is cohort-run's own.
  [[nodiscard]] bool direct() const noexcept;

 private:
  int out_;
  int err_;
};

/// The other side, for the program that starts mpirun: offers two descriptors to processes of the same user, whose
/// own standard output or error leads to mpirun, by a socket that has no file. Owns the socket.
class output_offer {
 public:
  /// These stay the caller's. If no socket can be had, nothing is offered.
  output_offer(int out, int err) noexcept;
  output_offer(const output_offer&) = delete;
  output_offer& operator=(const output_offer&) = delete;
  ~output_offer();

  /// For COHORT_OUTPUT in mpirun's environment; empty if nothing is offered.
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  /// Readable when somebody asks; -1 if nothing is offered.
  [[nodiscard]] int socket() const noexcept { return socket_; }
  /// Answers who asks now, if anybody does. Never blocks.
  void answer(pid_t mpirun) const noexcept;

 private:
  int out_;
  int err_;
  int socket_ = -1;
  std::string name_;
};

}  // namespace cohort::cluster
