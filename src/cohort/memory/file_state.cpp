#include <cohort/core/detail/wire_count.hpp>
#include <cohort/memory/detail/file_state.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

namespace cohort::detail {
namespace {

struct routine {
  const char* name;
  int (*at)(MPI_File, MPI_Offset, void*, int, MPI_Datatype, MPI_Status*);
  int (*here)(MPI_File, void*, int, MPI_Datatype, MPI_Status*);
};

int write_at(MPI_File f, MPI_Offset o, void* b, int n, MPI_Datatype t, MPI_Status* s) {
  return MPI_File_write_at(f, o, b, n, t, s);
}
int write_at_all(MPI_File f, MPI_Offset o, void* b, int n, MPI_Datatype t, MPI_Status* s) {
  return MPI_File_write_at_all(f, o, b, n, t, s);
}
int write_here(MPI_File f, void* b, int n, MPI_Datatype t, MPI_Status* s) {
  return MPI_File_write(f, b, n, t, s);
}
int write_all(MPI_File f, void* b, int n, MPI_Datatype t, MPI_Status* s) {
  return MPI_File_write_all(f, b, n, t, s);
}
int write_shared(MPI_File f, void* b, int n, MPI_Datatype t, MPI_Status* s) {
  return MPI_File_write_shared(f, b, n, t, s);
}
int write_ordered(MPI_File f, void* b, int n, MPI_Datatype t, MPI_Status* s) {
  return MPI_File_write_ordered(f, b, n, t, s);
}

/// In the order of `transfer`.
constexpr std::array<routine, 6> reads{{{"MPI_File_read_at", &MPI_File_read_at, nullptr},
                                        {"MPI_File_read_at_all", &MPI_File_read_at_all, nullptr},
                                        {"MPI_File_read", nullptr, &MPI_File_read},
                                        {"MPI_File_read_all", nullptr, &MPI_File_read_all},
                                        {"MPI_File_read_shared", nullptr, &MPI_File_read_shared},
                                        {"MPI_File_read_ordered", nullptr, &MPI_File_read_ordered}}};
constexpr std::array<routine, 6> writes{{{"MPI_File_write_at", &write_at, nullptr},
                                         {"MPI_File_write_at_all", &write_at_all, nullptr},
                                         {"MPI_File_write", nullptr, &write_here},
                                         {"MPI_File_write_all", nullptr, &write_all},
                                         {"MPI_File_write_shared", nullptr, &write_shared},
                                         {"MPI_File_write_ordered", nullptr, &write_ordered}}};

class hints {
 public:
  explicit hints(const std::vector<std::pair<std::string, std::string>>& all) {
    if (all.empty()) return;
    MPI_Info_create(&info_);
    for (const auto& [key, value] : all) MPI_Info_set(info_, key.c_str(), value.c_str());
  }
  hints(const hints&) = delete;
  hints& operator=(const hints&) = delete;
  ~hints() {
    if (info_ != MPI_INFO_NULL) MPI_Info_free(&info_);
  }
  [[nodiscard]] MPI_Info native() const noexcept { return info_; }

 private:
  MPI_Info info_ = MPI_INFO_NULL;
};

[[noreturn]] void wrong(const char* what, const file_state& state, int rank, const call_site& where,
                        const std::string& problem) {
  throw argument_error{fmt::format("{} on rank {} ({}; called at {}:{}): {}", what, rank, state.path, where.file,
                                   where.line, problem)};
}

}  // namespace

together<file_state> file_state::open(const communicator& comm, const std::string& path,
                                      const file_options& options, const call_site& where) {
  const auto& group = access::state(comm, "file", where);
  together<file_state> made{new file_state};
  made->path = path;
  made->rank_ = group.rank;
  made->writes_ = (static_cast<int>(options.mode) & (MPI_MODE_WRONLY | MPI_MODE_RDWR)) != 0;
  made->reads_ = (static_cast<int>(options.mode) & MPI_MODE_WRONLY) == 0;
  const hints info{options.hints};
  made->check(MPI_File_open(group.comm, path.c_str(), static_cast<int>(options.mode), info.native(), &made->file_),
              "MPI_File_open", where);
  MPI_File_set_errhandler(made->file_, MPI_ERRORS_RETURN);
  return made;
}

file_state::~file_state() {
  if (file_ != MPI_FILE_NULL && mpi_active()) MPI_File_close(&file_);
}

void file_state::release() noexcept {
  if (file_ != MPI_FILE_NULL) MPI_File_close(&file_);
  file_ = MPI_FILE_NULL;
  if (abandoned_) delete this;
}

bool file_state::abandon() noexcept {
  if (!mpi_active() || file_ == MPI_FILE_NULL) return false;
  abandoned_ = true;
  return true;
}

void file_state::check(int code, const char* routine, const call_site& where, std::size_t count) const {
  if (code == MPI_SUCCESS) [[likely]]
    return;
  throw_mpi_error(code, {.routine = routine,
                         .rank = rank_,
                         .count = static_cast<std::ptrdiff_t>(count),
                         .where = where,
                         .object = path.c_str()});
}

/// ompio calls this another error in MPI_File_set_size, and none at all in a collective write of three or more
/// ranks.
void file_state::require_writes(const char* routine, const call_site& where, std::size_t count) const {
  if (!writes_) check(MPI_ERR_READ_ONLY, routine, where, count);
}

void file_state::require_open(const char* what, const call_site& where) const {
  if (file_ == MPI_FILE_NULL) wrong(what, *this, rank_, where, "the file is closed; open it again");
}

file_state& living(const together<file_state>& state, const char* what, const call_site& where) {
  if (!state) {
    throw argument_error{
        fmt::format("{} (called at {}:{}): the file is empty (default-constructed or moved from); "
                    "open one",
                    what, where.file, where.line)};
  }
  return *state;
}

std::size_t file_state::bytes(const call_site& where) const {
  require_open("size", where);
  MPI_Offset result = 0;
  check(MPI_File_get_size(file_, &result), "MPI_File_get_size", where);
  return static_cast<std::size_t>(result);
}

void file_state::set_bytes(const char* what, std::size_t bytes, bool preallocate, const call_site& where) const {
  require_open(what, where);
  const char* name = preallocate ? "MPI_File_preallocate" : "MPI_File_set_size";
  require_writes(name, where);
  const auto to = static_cast<MPI_Offset>(bytes);
  check(preallocate ? MPI_File_preallocate(file_, to) : MPI_File_set_size(file_, to), name, where);
}

void file_state::sync(const call_site& where) const {
  require_open("sync", where);
  check(MPI_File_sync(file_), "MPI_File_sync", where);
}

void file_state::close(const call_site& where) {
  if (file_ != MPI_FILE_NULL) check(MPI_File_close(&file_), "MPI_File_close", where);
}

void file_state::set_view(std::size_t offset, MPI_Datatype element, std::size_t size, MPI_Datatype pattern,
                          const call_site& where) {
  require_open("set_view", where);
  check(MPI_File_set_view(file_, static_cast<MPI_Offset>(offset), element, pattern, "native", MPI_INFO_NULL),
        "MPI_File_set_view", where);
  view_size_ = size;
}

void file_state::clear_view(const call_site& where) {
  set_view(0, MPI_BYTE, 0, MPI_BYTE, where);
}

MPI_Offset file_state::offset_of(const char* what, std::size_t offset, std::size_t size,
                                 const call_site& where) const {
  require_open(what, where);
  if (view_size_ != 0 && view_size_ != size) {
    wrong(what, *this, rank_, where,
          fmt::format("elements of {} bytes in a view of elements of {} (offsets count the view's elements); set a "
                      "view of this type, or clear_view()",
                      size, view_size_));
  }
  const std::size_t unit = view_size_ == 0 ? size : 1;
  if (offset > static_cast<std::size_t>(std::numeric_limits<MPI_Offset>::max()) / unit) {
    wrong(what, *this, rank_, where,
          fmt::format("offset {} is beyond what files can hold; is it negative?", offset));
  }
  return static_cast<MPI_Offset>(offset) * static_cast<MPI_Offset>(unit);
}

/// ompio 4.1.4 never completes an MPI_File_iread_at that meets the end of the file, moves the individual pointer
/// past it, and may count elements that a collective read did not find; ROMIO miscounts too. So nothing is read but
/// what is there.
std::size_t file_state::held(std::size_t offset, std::size_t n, std::size_t size, const call_site& where) const {
  const std::size_t end = bytes(where);
  const auto byte_of = [&](std::size_t element) {
    if (view_size_ == 0) return element * size;
    MPI_Offset at = 0;
    check(MPI_File_get_byte_offset(file_, static_cast<MPI_Offset>(element), &at), "MPI_File_get_byte_offset",
          where);
    return static_cast<std::size_t>(at);
  };
  if (view_size_ == 0) {
    const std::size_t start = offset * size;
    return start >= end ? 0 : std::min(n, (end - start) / size);
  }
  if (n == 0 || byte_of(offset + n - 1) + size <= end) return n;
  // Views go forward: the elements that are there come first.
  std::size_t there = 0;
  std::size_t missing = n - 1;
  while (there < missing) {
    const std::size_t middle = there + (missing - there) / 2;
    if (byte_of(offset + middle) + size <= end) {
      there = middle + 1;
    } else {
      missing = middle;
    }
  }
  return there;
}

std::size_t file_state::read(transfer how, std::size_t offset, file_data room, const call_site& where) const {
  const auto& call = reads[static_cast<std::size_t>(how)];
  const MPI_Offset at = offset_of(call.name, offset, room.size, where);
  if (!reads_) check(MPI_ERR_ACCESS, call.name, where, room.n);
  const bool known_place = how != transfer::shared && how != transfer::ordered;
  if (known_place) {
    room.n = held(call.at != nullptr ? offset : position(false, room.size, where), room.n, room.size, where);
  }
  const wire_count wire{room.n * room.per_element, room.type};
  MPI_Status raw{};
  check(call.at != nullptr ? call.at(file_, at, room.data, wire.count(), wire.type(), &raw)
                           : call.here(file_, room.data, wire.count(), wire.type(), &raw),
        call.name, where, room.n);
  return known_place ? room.n : std::min(room.n, status{raw}.bytes() / room.size);
}

void file_state::write(transfer how, std::size_t offset, const file_data& from, const call_site& where) const {
  const auto& call = writes[static_cast<std::size_t>(how)];
  const MPI_Offset at = offset_of(call.name, offset, from.size, where);
  require_writes(call.name, where, from.n);
  const wire_count wire{from.n * from.per_element, from.type};
  MPI_Status raw{};
  check(call.at != nullptr ? call.at(file_, at, from.data, wire.count(), wire.type(), &raw)
                           : call.here(file_, from.data, wire.count(), wire.type(), &raw),
        call.name, where, from.n);
  if (status{raw}.bytes() < from.n * from.size) check(MPI_ERR_NO_SPACE, call.name, where, from.n);
}

pending file_state::iread(std::size_t offset, const file_data& room, const call_site& where) const {
  const MPI_Offset at = offset_of("MPI_File_iread_at", offset, room.size, where);
  if (!reads_) check(MPI_ERR_ACCESS, "MPI_File_iread_at", where, room.n);
  const wire_count wire{room.n * room.per_element, room.type};
  MPI_Request raw = MPI_REQUEST_NULL;
  check(MPI_File_iread_at(file_, at, room.data, wire.count(), wire.type(), &raw), "MPI_File_iread_at", where,
        room.n);
  return {raw, {"MPI_File_iread_at", rank_, mpi_error::context::absent, mpi_error::context::absent, where, false}};
}

pending file_state::iwrite(std::size_t offset, const file_data& from, const call_site& where) const {
  const MPI_Offset at = offset_of("MPI_File_iwrite_at", offset, from.size, where);
  require_writes("MPI_File_iwrite_at", where, from.n);
  const wire_count wire{from.n * from.per_element, from.type};
  MPI_Request raw = MPI_REQUEST_NULL;
  check(MPI_File_iwrite_at(file_, at, from.data, wire.count(), wire.type(), &raw), "MPI_File_iwrite_at", where,
        from.n);
  return {raw, {"MPI_File_iwrite_at", rank_, mpi_error::context::absent, mpi_error::context::absent, where, false}};
}

void file_state::seek(std::ptrdiff_t offset, int whence, bool shared, std::size_t size,
                      const call_site& where) const {
  const char* name = shared ? "MPI_File_seek_shared" : "MPI_File_seek";
  (void)offset_of(name, 0, size, where);
  const auto unit = static_cast<MPI_Offset>(view_size_ == 0 ? size : 1);
  const MPI_Offset to = static_cast<MPI_Offset>(offset) * unit;
  if (whence == MPI_SEEK_SET && to < 0) {
    wrong(name, *this, rank_, where, fmt::format("offset {} is before the start; use 0 or more", offset));
  }
  check(shared ? MPI_File_seek_shared(file_, to, whence) : MPI_File_seek(file_, to, whence), name, where);
}

std::size_t file_state::position(bool shared, std::size_t size, const call_site& where) const {
  const char* name = shared ? "MPI_File_get_position_shared" : "MPI_File_get_position";
  (void)offset_of(name, 0, size, where);
  MPI_Offset at = 0;
  check(shared ? MPI_File_get_position_shared(file_, &at) : MPI_File_get_position(file_, &at), name, where);
  return static_cast<std::size_t>(at) / (view_size_ == 0 ? size : 1);
}

}  // namespace cohort::detail
