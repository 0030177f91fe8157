#include <cohort/core/detail/waiting.hpp>
#include <cohort/core/finalize_hook.hpp>
#include <cohort/process/port.hpp>

#include <fmt/format.h>

#include <array>
#include <utility>

namespace cohort {
namespace {

/// These calls report their errors to the error handler of MPI_COMM_WORLD, which ends the job by default. It is set
/// aside for as long as this object lives.
class errors_return {
 public:
  errors_return() {
    MPI_Comm_get_errhandler(MPI_COMM_WORLD, &before_);
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  }
  errors_return(const errors_return&) = delete;
  errors_return& operator=(const errors_return&) = delete;
  ~errors_return() {
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, before_);
    MPI_Errhandler_free(&before_);
  }

 private:
  MPI_Errhandler before_ = MPI_ERRHANDLER_NULL;
};

void check_local(int code, const char* routine, const call_site& where) {
  if (code != MPI_SUCCESS) detail::throw_mpi_error(code, {.routine = routine, .where = where});
}

void check_name(const char* routine, const char* what, const std::string& name, std::size_t longest,
                const call_site& where) {
  if (!name.empty() && name.size() < longest) return;
  throw argument_error{fmt::format(
      "{} (called at {}:{}): the name of the {} has {} characters (MPI takes 1 to {}); give {}", routine,
      where.file, where.line, what, name.size(), longest - 1, name.empty() ? "one" : "a shorter one")};
}

}  // namespace

port::port(call_site where) {
  const errors_return quiet;
  std::array<char, MPI_MAX_PORT_NAME> name{};
  check_local(MPI_Open_port(MPI_INFO_NULL, name.data()), "MPI_Open_port", where);
  name_ = name.data();
}

port::port(port&& other) noexcept : name_{std::exchange(other.name_, {})} {}

port& port::operator=(port&& other) noexcept {
  if (this != &other) {
    close();
    name_ = std::exchange(other.name_, {});
  }
  return *this;
}

void port::close() noexcept {
  if (name_.empty() || !detail::mpi_active()) return;
  const errors_return quiet;
  MPI_Close_port(name_.c_str());
  name_.clear();
}

published::published(const port& at, std::string service, call_site where)
    : service_{std::move(service)}, port_{at.name()} {
  check_name("published", "service", service_, MPI_MAX_PORT_NAME, where);
  check_name("published", "port", port_, MPI_MAX_PORT_NAME, where);
  const errors_return quiet;
  check_local(MPI_Publish_name(service_.c_str(), MPI_INFO_NULL, port_.c_str()), "MPI_Publish_name", where);
}

published::published(published&& other) noexcept
    : service_{std::exchange(other.service_, {})}, port_{std::exchange(other.port_, {})} {}

published& published::operator=(published&& other) noexcept {
  if (this != &other) {
    withdraw();
    service_ = std::exchange(other.service_, {});
    port_ = std::exchange(other.port_, {});
  }
  return *this;
}

void published::withdraw() noexcept {
  if (service_.empty() || !detail::mpi_active()) return;
  const errors_return quiet;
  MPI_Unpublish_name(service_.c_str(), MPI_INFO_NULL, port_.c_str());
  service_.clear();
}

std::string lookup(const std::string& service, call_site where) {
  check_name("lookup", "service", service, MPI_MAX_PORT_NAME, where);
  const errors_return quiet;
  std::array<char, MPI_MAX_PORT_NAME> name{};
  check_local(MPI_Lookup_name(service.c_str(), MPI_INFO_NULL, name.data()), "MPI_Lookup_name", where);
  return name.data();
}

intercommunicator accept(const communicator& comm, const std::string& name, rooted at, call_site where) {
  const auto& state = detail::access::state(comm, "accept", where);
  detail::check_root("accept", state, at.root, where);
  if (state.rank == at.root) check_name("accept", "port", name, MPI_MAX_PORT_NAME, where);
  MPI_Comm made = MPI_COMM_NULL;
  const detail::wait_scope busy{where, "accept"};
  detail::check(MPI_Comm_accept(name.c_str(), MPI_INFO_NULL, at.root, state.comm, &made), "MPI_Comm_accept", state,
                where);
  return intercommunicator{made, ownership::adopt};
}

intercommunicator connect(const communicator& comm, const std::string& name, rooted at, call_site where) {
  const auto& state = detail::access::state(comm, "connect", where);
  detail::check_root("connect", state, at.root, where);
  if (state.rank == at.root) check_name("connect", "port", name, MPI_MAX_PORT_NAME, where);
  MPI_Comm made = MPI_COMM_NULL;
  const detail::wait_scope busy{where, "connect"};
  detail::check(MPI_Comm_connect(name.c_str(), MPI_INFO_NULL, at.root, state.comm, &made), "MPI_Comm_connect",
                state, where);
  return intercommunicator{made, ownership::adopt};
}

}  // namespace cohort
