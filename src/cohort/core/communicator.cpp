#include <cohort/core/communicator.hpp>
#include <cohort/core/detail/attribute.hpp>
#include <cohort/core/detail/waiting.hpp>

#include <fmt/format.h>

#include <mutex>

namespace cohort {
namespace detail {

namespace {

class record_attribute final : public attribute<record_attribute> {
 public:
  explicit record_attribute(MPI_Comm parent) : attribute{parent} {}
  std::shared_ptr<comm_record> record = std::make_shared<comm_record>();
};

/// The record of an MPI_Comm, made when its first wrapper is. Two threads may make wrappers of one at once.
std::shared_ptr<comm_record> record_of(MPI_Comm comm) {
  static std::mutex making;
  const std::lock_guard lock{making};
  auto* found = record_attribute::of(comm);
  if (found == nullptr) record_attribute::hang(found = new record_attribute{comm});
  return found->record;
}

}  // namespace

comm_state::comm_state(MPI_Comm handle, bool owned)
    : comm{handle},
      record_{record_of(handle)},
      buffered{record_->buffered},
      unmatched{record_->unmatched},
      bcasts{record_->bcasts},
      owned_{owned} {
  MPI_Comm_rank(comm, &rank);
  MPI_Comm_size(comm, &size);
  void* upper = nullptr;
  int found = 0;
  MPI_Comm_get_attr(MPI_COMM_WORLD, MPI_TAG_UB, &upper, &found);
  tag_ub = found != 0 ? *static_cast<int*>(upper) : 32767;
  // A borrowed communicator is somebody else's, but an error on it must reach our caller all the same.
  MPI_Comm_set_errhandler(comm, MPI_ERRORS_RETURN);
}

comm_state::~comm_state() {
  if (auto* const by = watched(); by != nullptr && watch_id != 0) by->strike(watch_id);
  if (mpi_active()) release();
}

void comm_state::release() noexcept {
  // As MPI_Buffer_detach would; an error has nobody to go to. While others wrap the MPI_Comm it lives on.
  constexpr int attribute_and_this = 2;
  if (comm != MPI_COMM_NULL && (owned_ || record_.use_count() <= attribute_and_this)) buffered.complete();
  shadow_ = MPI_COMM_NULL;
  if (owned_ && comm != MPI_COMM_NULL) MPI_Comm_free(&comm);
  comm = MPI_COMM_NULL;
}

namespace {

/// The duplicate that hangs on an MPI_Comm.
class shadow final : public attribute<shadow> {
 public:
  shadow(MPI_Comm parent, MPI_Comm comm) : attribute{parent}, comm_{comm} {}
  ~shadow() override { MPI_Comm_free(&comm_); }

  [[nodiscard]] MPI_Comm comm() const noexcept { return comm_; }
  unsigned sparse_exchanges = 0;

 private:
  MPI_Comm comm_;
};

}  // namespace

MPI_Comm comm_state::find_shadow() {
  if (const auto* found = detail::shadow::of(comm)) {
    shadow_ = found->comm();
  } else {
    MPI_Comm copy = MPI_COMM_NULL;
    check(MPI_Comm_dup(comm, &copy), "MPI_Comm_dup", *this, {});
    MPI_Comm_set_errhandler(copy, MPI_ERRORS_RETURN);
    detail::shadow::hang(new detail::shadow{comm, copy});
    shadow_ = copy;
  }
  return shadow_;
}

unsigned comm_state::next_sparse_exchange() {
  (void)shadow();
  return detail::shadow::of(comm)->sparse_exchanges++;
}

void no_communicator(bool freed, const char* routine, const call_site& where) {
  const auto* why = freed
                        ? "the communicator was freed (MPI has ended); keep environment alive longer"
                        : "the communicator is empty (default-constructed, or this rank took no part in a split); "
                          "test it before use";
  throw argument_error{fmt::format("{} (called at {}:{}): {}", routine, where.file, where.line, why)};
}

void check_thread(const char* routine, const comm_state& comm, const call_site& where) {
  int granted = MPI_THREAD_SINGLE;
  int ours = 1;
  MPI_Query_thread(&granted);
  if (granted >= MPI_THREAD_SERIALIZED) return;
  MPI_Is_thread_main(&ours);
  if (ours != 0) return;
  throw_argument_error(
      routine, comm.rank,
      "called by another thread than the one that initialised MPI (the thread level that MPI granted "
      "leaves it to that one); ask environment for thread_level::serialized or multiple",
      0, where);
}

namespace {

std::string place(const char* routine, const comm_state& comm, const call_site& where) {
  return fmt::format("{} on rank {} (called at {}:{})", routine, comm.rank, where.file, where.line);
}

}  // namespace

void bad_dest(const char* routine, const comm_state& comm, int dest, const call_site& where) {
  if (dest == unset) {
    throw argument_error{
        fmt::format("{}: no destination (it has no default); give {{.dest = rank}}", place(routine, comm, where))};
  }
  throw argument_error{fmt::format("{}: destination {} does not exist (the communicator has {} ranks); use 0 to {}",
                                   place(routine, comm, where), dest, comm.size, comm.size - 1)};
}

void bad_source(const char* routine, const comm_state& comm, int source, const call_site& where) {
  if (source == unset) {
    throw argument_error{fmt::format("{}: no source (it has no default here); give {{.source = rank}}",
                                     place(routine, comm, where))};
  }
  throw argument_error{fmt::format(
      "{}: source {} does not exist (the communicator has {} ranks); use 0 to {}, or cohort::any_source",
      place(routine, comm, where), source, comm.size, comm.size - 1)};
}

void bad_tag(const char* routine, const comm_state& comm, int tag, const call_site& where) {
  throw argument_error{fmt::format("{}: tag {} is out of range (this MPI allows 0 to {}); choose one of these",
                                   place(routine, comm, where), tag, comm.tag_ub)};
}

void bad_root(const char* routine, const comm_state& comm, int root, const call_site& where) {
  throw argument_error{fmt::format("{}: root {} does not exist (the communicator has {} ranks); use 0 to {}",
                                   place(routine, comm, where), root, comm.size, comm.size - 1)};
}

void bad_length(const char* routine, const comm_state& comm, std::size_t have, std::size_t want,
                const call_site& where) {
  throw argument_error{fmt::format("{}: the range has {} elements where {} are needed; make it that long",
                                   place(routine, comm, where), have, want)};
}

void bad_counts(const char* routine, const comm_state& comm, std::size_t have, const call_site& where) {
  throw argument_error{fmt::format("{}: {} counts were given where one per rank ({}) is needed; give that many",
                                   place(routine, comm, where), have, comm.size)};
}

}  // namespace detail

communicator::communicator(MPI_Comm comm, ownership how) {
  if (comm == MPI_COMM_NULL) {
    throw argument_error{"communicator: made from MPI_COMM_NULL (it names no ranks); use the default constructor"};
  }
  if (how == ownership::duplicate) {
    MPI_Comm copy = MPI_COMM_NULL;
    if (const int code = MPI_Comm_dup(comm, &copy); code != MPI_SUCCESS) {
      detail::throw_mpi_error(code, {.routine = "MPI_Comm_dup", .where = call_site::current()});
    }
    comm = copy;
  }
  state_ = std::make_shared<detail::comm_state>(comm, how != ownership::borrow);
}

namespace {

/// Made from `parent`, as a watchdog shall tell of it.
communicator named(communicator made, const char* how, const detail::comm_state& parent, const call_site& where) {
  if (auto* const by = detail::watched()) by->name(detail::access::state(made, how, where), how, parent, where);
  return made;
}

}  // namespace

communicator communicator::duplicate(call_site where) const {
  const auto& state = detail::access::state(*this, "duplicate", where);
  const detail::wait_scope busy{state, "duplicate", where};
  MPI_Comm copy = MPI_COMM_NULL;
  detail::check(MPI_Comm_dup(state.comm, &copy), "MPI_Comm_dup", state, where);
  return named(communicator{copy, ownership::adopt}, "duplicate", state, where);
}

communicator communicator::split(std::optional<int> color, int key, call_site where) const {
  const auto& state = detail::access::state(*this, "split", where);
  const detail::wait_scope busy{state, "split", where};
  if (color && *color < 0) {
    detail::throw_argument_error("split", state.rank,
                                 "color {} is negative; give one from 0, or std::nullopt for none", *color, where);
  }
  MPI_Comm part = MPI_COMM_NULL;
  detail::check(MPI_Comm_split(state.comm, color.value_or(MPI_UNDEFINED), key, &part), "MPI_Comm_split", state,
                where);
  if (part == MPI_COMM_NULL) return {};
  return named(communicator{part, ownership::adopt}, "split", state, where);
}

communicator communicator::split_shared(int key, call_site where) const {
  const auto& state = detail::access::state(*this, "split_shared", where);
  const detail::wait_scope busy{state, "split_shared", where};
  MPI_Comm part = MPI_COMM_NULL;
  detail::check(MPI_Comm_split_type(state.comm, MPI_COMM_TYPE_SHARED, key, MPI_INFO_NULL, &part),
                "MPI_Comm_split_type", state, where);
  return named(communicator{part, ownership::adopt}, "node", state, where);
}

}  // namespace cohort
