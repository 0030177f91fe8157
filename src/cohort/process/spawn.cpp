#include <cohort/core/detail/loss.hpp>
#include <cohort/core/detail/waiting.hpp>
#include <cohort/core/finalize_hook.hpp>
#include <cohort/process/spawn.hpp>

#include <fmt/format.h>

namespace cohort {
namespace {

/// MPI_Info for the duration of a call.
class info {
 public:
  info() = default;
  info(const info&) = delete;
  info& operator=(const info&) = delete;
  ~info() {
    if (raw_ != MPI_INFO_NULL) MPI_Info_free(&raw_);
  }
  void set(const std::string& key, const std::string& value) {
    if (raw_ == MPI_INFO_NULL) MPI_Info_create(&raw_);
    if (const int code = MPI_Info_set(raw_, key.c_str(), value.c_str()); code != MPI_SUCCESS) {
      detail::throw_mpi_error(code, {.routine = "MPI_Info_set", .where = {}});
    }
  }
  [[nodiscard]] MPI_Info native() const noexcept { return raw_; }

 private:
  MPI_Info raw_ = MPI_INFO_NULL;
};

}  // namespace

intercommunicator spawn(const communicator& comm, const std::string& command,
                        const std::vector<std::string>& arguments, int n, const spawn_options& options,
                        call_site where) {
  const auto& state = detail::access::state(comm, "spawn", where);
  detail::check_root("spawn", state, options.root, where);
  if (n < 1) {
    detail::throw_argument_error("spawn", state.rank, "{} processes are not to be started; give 1 or more", n,
                                 where);
  }
  if (command.empty()) {
    throw argument_error{
        fmt::format("spawn on rank {} (called at {}:{}): no command (there is nothing to run); give a "
                    "program's path, or a name to be found in PATH",
                    state.rank, where.file, where.line)};
  }
  info hints;
  if (options.oversubscribe) hints.set("map_by", "slot:OVERSUBSCRIBE");
  if (!options.directory.empty()) hints.set("wdir", options.directory);
  for (const auto& [key, value] : options.info) hints.set(key, value);
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (const auto& each : arguments) argv.push_back(const_cast<char*>(each.c_str()));
  argv.push_back(nullptr);
  std::vector<int> codes(static_cast<std::size_t>(n));
  MPI_Comm children = MPI_COMM_NULL;
  const detail::wait_scope busy{where, "spawn"};
  detail::check(MPI_Comm_spawn(command.c_str(), argv.data(), n, hints.native(), options.root, state.comm, &children,
                               codes.data()),
                "MPI_Comm_spawn", state, where, mpi_error::context::absent, mpi_error::context::absent,
                static_cast<std::size_t>(n));
  return intercommunicator{children, ownership::adopt};
}

intercommunicator parent() {
  if (!detail::mpi_begun()) return {};
  MPI_Comm raw = MPI_COMM_NULL;
  MPI_Comm_get_parent(&raw);
  return raw == MPI_COMM_NULL ? intercommunicator{} : intercommunicator{raw, ownership::borrow};
}

}  // namespace cohort
