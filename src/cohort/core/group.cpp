#include <cohort/core/detail/waiting.hpp>
#include <cohort/core/finalize_hook.hpp>
#include <cohort/core/group.hpp>

#include <fmt/format.h>

#include <string>
#include <vector>

namespace cohort {
namespace detail {

/// What the copies of a group share.
class group_state final : public finalize_hook {
 public:
  explicit group_state(MPI_Group made) : raw{made} {}
  ~group_state() override {
    if (mpi_active()) release();
  }
  void release() noexcept override {
    if (raw != MPI_GROUP_NULL && raw != MPI_GROUP_EMPTY) MPI_Group_free(&raw);
    raw = MPI_GROUP_NULL;
  }

  MPI_Group raw;
};

}  // namespace detail

namespace {

void check_group(int code, const char* routine, const call_site& where) {
  if (code != MPI_SUCCESS) detail::throw_mpi_error(code, {.routine = routine, .where = where});
}

/// MPI does not say which rank is wrong, and some errors of groups end the job.
void check_ranks(const char* routine, std::span<const int> ranks, int size, const call_site& where) {
  std::vector<bool> seen(static_cast<std::size_t>(size));
  for (const int rank : ranks) {
    if (rank < 0 || rank >= size) {
      const auto use = size == 0 ? std::string{"it is empty"} : fmt::format("use 0 to {}", size - 1);
      throw argument_error{fmt::format("{} (called at {}:{}): rank {} does not exist (the group has {} ranks); {}",
                                       routine, where.file, where.line, rank, size, use)};
    }
    if (seen[static_cast<std::size_t>(rank)]) {
      detail::throw_argument_error(routine, -1, "rank {} is named twice (a group is a set); name each once", rank,
                                   where);
    }
    seen[static_cast<std::size_t>(rank)] = true;
  }
}

template <class Call>
group combined(const char* routine, Call&& call) {
  MPI_Group made = MPI_GROUP_NULL;
  check_group(call(&made), routine, {});
  return group{made};
}

int compare(const group& a, const group& b) {
  int result = MPI_UNEQUAL;
  check_group(MPI_Group_compare(a.native(), b.native(), &result), "MPI_Group_compare", {});
  return result;
}

}  // namespace

group::group() = default;

group::group(const communicator& comm, call_site where) {
  if (!comm) detail::no_communicator(false, "group", where);
  MPI_Group made = MPI_GROUP_NULL;
  check_group(MPI_Comm_group(comm.native(), &made), "MPI_Comm_group", where);
  *this = group{made};
}

group::group(MPI_Group adopted) {
  if (adopted == MPI_GROUP_NULL) {
    throw argument_error{"group: made from MPI_GROUP_NULL (it names no ranks); use the default constructor"};
  }
  if (adopted != MPI_GROUP_EMPTY) state_ = std::make_shared<detail::group_state>(adopted);
}

MPI_Group group::native() const noexcept {
  return state_ ? state_->raw : MPI_GROUP_EMPTY;
}

int group::size() const noexcept {
  if (!state_) return 0;
  int result = 0;
  MPI_Group_size(state_->raw, &result);
  return result;
}

std::optional<int> group::rank() const noexcept {
  if (!state_) return std::nullopt;
  int result = MPI_UNDEFINED;
  MPI_Group_rank(state_->raw, &result);
  return result == MPI_UNDEFINED ? std::nullopt : std::optional{result};
}

group group::include(std::span<const int> ranks, call_site where) const {
  check_ranks("group::include", ranks, size(), where);
  if (ranks.empty()) return {};
  return combined("MPI_Group_incl", [&](MPI_Group* made) {
    return MPI_Group_incl(native(), static_cast<int>(ranks.size()), ranks.data(), made);
  });
}

group group::exclude(std::span<const int> ranks, call_site where) const {
  check_ranks("group::exclude", ranks, size(), where);
  if (ranks.empty()) return *this;
  return combined("MPI_Group_excl", [&](MPI_Group* made) {
    return MPI_Group_excl(native(), static_cast<int>(ranks.size()), ranks.data(), made);
  });
}

std::vector<std::optional<int>> group::translate(std::span<const int> ranks, const group& other,
                                                 call_site where) const {
  std::vector<std::optional<int>> result(ranks.size());
  for (const int rank : ranks) check_ranks("group::translate", std::span{&rank, 1}, size(), where);
  if (ranks.empty() || other.empty()) return result;
  std::vector<int> there(ranks.size());
  check_group(MPI_Group_translate_ranks(native(), static_cast<int>(ranks.size()), ranks.data(), other.native(),
                                        there.data()),
              "MPI_Group_translate_ranks", where);
  for (std::size_t i = 0; i != there.size(); ++i) {
    if (there[i] != MPI_UNDEFINED) result[i] = there[i];
  }
  return result;
}

group operator|(const group& a, const group& b) {
  return combined("MPI_Group_union",
                  [&](MPI_Group* made) { return MPI_Group_union(a.native(), b.native(), made); });
}
group operator&(const group& a, const group& b) {
  return combined("MPI_Group_intersection",
                  [&](MPI_Group* made) { return MPI_Group_intersection(a.native(), b.native(), made); });
}
group operator-(const group& a, const group& b) {
  return combined("MPI_Group_difference",
                  [&](MPI_Group* made) { return MPI_Group_difference(a.native(), b.native(), made); });
}
bool operator==(const group& a, const group& b) {
  return compare(a, b) == MPI_IDENT;
}
bool group::similar(const group& other) const {
  return compare(*this, other) != MPI_UNEQUAL;
}

namespace {

/// All members must be ranks of `comm`.
void check_members(const char* routine, const communicator& comm, const group& members, const call_site& where) {
  if (!comm) detail::no_communicator(false, routine, where);
  if ((members - group{comm, where}).empty()) return;
  detail::throw_argument_error(routine, comm.rank(),
                               "{} members of the group are not ranks of the communicator; leave them out",
                               (members - group{comm, where}).size(), where);
}

}  // namespace

communicator comm_create(const communicator& comm, const group& members, call_site where) {
  check_members("comm_create", comm, members, where);
  MPI_Comm made = MPI_COMM_NULL;
  const detail::wait_scope busy{where, "comm_create"};
  if (const int code = MPI_Comm_create(comm.native(), members.native(), &made); code != MPI_SUCCESS) {
    detail::throw_mpi_error(code, {.routine = "MPI_Comm_create", .rank = comm.rank(), .where = where});
  }
  return made == MPI_COMM_NULL ? communicator{} : communicator{made, ownership::adopt};
}

communicator comm_create_group(const communicator& comm, const group& members, int tag, call_site where) {
  check_members("comm_create_group", comm, members, where);
  if (!members.rank()) {
    detail::throw_argument_error("comm_create_group", comm.rank(),
                                 "rank {} is not in the group (only its members make the communicator); call it on "
                                 "members alone, or use comm_create",
                                 comm.rank(), where);
  }
  MPI_Comm made = MPI_COMM_NULL;
  const detail::wait_scope busy{where, "comm_create_group"};
  if (const int code = MPI_Comm_create_group(comm.native(), members.native(), tag, &made); code != MPI_SUCCESS) {
    detail::throw_mpi_error(code, {.routine = "MPI_Comm_create_group", .rank = comm.rank(), .where = where});
  }
  return communicator{made, ownership::adopt};
}

}  // namespace cohort
