#pragma once

#include <cohort/process/intercommunicator.hpp>

#include <string>

namespace cohort {

/// An address where one group of ranks accepts another that it has no communicator with: MPI_Open_port. Move-only;
/// the destructor closes it.
///
/// With Open MPI 4.1 the groups must be of one mpirun (parts of its world, or processes that they spawned): between
/// two mpiruns connect() is refused.
class port {
 public:
  /// Not collective: one rank opens it, and tells its name to those who want to connect.
  explicit port(call_site where = call_site::current());
  port(port&& other) noexcept;
  port& operator=(port&& other) noexcept;
  ~port() { close(); }

  [[nodiscard]] const std::string& name() const noexcept { return name_; }

 private:
  void close() noexcept;
  std::string name_;
};

/// A name under which a port can be found, for as long as this object lives: MPI_Publish_name. mpirun keeps the
/// names, for the processes of its job alone (for others Open MPI's ompi-server would be needed). Move-only.
class published {
 public:
  /// Not collective. Throws mpi_error if the name is taken.
  published(const port& at, std::string service, call_site where = call_site::current());
  published(published&& other) noexcept;
  published& operator=(published&& other) noexcept;
  ~published() { withdraw(); }

  [[nodiscard]] const std::string& service() const noexcept { return service_; }

 private:
  void withdraw() noexcept;
  std::string service_;
  std::string port_;
};

/// The name of the port that is published as `service`: MPI_Lookup_name. Not collective. Throws mpi_error, at once,
/// if nobody has published it.
[[nodiscard]] std::string lookup(const std::string& service, call_site where = call_site::current());

/// Waits for a group that connects to the port `name` (which counts on the root alone): MPI_Comm_accept, collective
/// over `comm`. Blocks until somebody connects.
[[nodiscard]] intercommunicator accept(const communicator& comm, const std::string& name, rooted at = {},
                                       call_site where = call_site::current());
/// Connects to the group that accepts at the port `name` (which counts on the root alone): MPI_Comm_connect,
/// collective over `comm`. Blocks until it does. Throws mpi_error if there is no such port.
[[nodiscard]] intercommunicator connect(const communicator& comm, const std::string& name, rooted at = {},
                                        call_site where = call_site::current());

}  // namespace cohort
