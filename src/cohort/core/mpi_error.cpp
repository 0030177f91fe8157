#include <cohort/core/mpi_error.hpp>

#include <fmt/format.h>
#include <mpi.h>

#include <iterator>
#include <string>
#include <string_view>

namespace cohort {
namespace {

int class_of(int code) {
  int result = MPI_ERR_UNKNOWN;
  MPI_Error_class(code, &result);
  return result;
}

/// Over TCP between hosts windows need Open MPI's osc/pt2pt, which Debian's settings leave out, and which refuses
/// MPI_THREAD_MULTIPLE.
std::string_view advice_on_windows(std::string_view routine) {
  if (routine == "MPI_Win_allocate" || routine == "MPI_Win_create") {
    return "this MPI has no component for windows between these ranks, or over this memory; between hosts without "
           "RDMA run with OMPI_MCA_osc=^ucx in the environment and a thread_level below multiple; on one host let "
           "the "
           "window allocate its own memory";
  }
  return "the window was freed or never made; check its lifetime";
}

std::string_view advice(int error_class, std::string_view routine) {
  switch (error_class) {
    case MPI_ERR_TRUNCATE:
      return "the message is longer than the room for it; receive it with recv(), which finds the size out";
    case MPI_ERR_RANK:
      return "ranks go from 0 to size() - 1 of this communicator";
    case MPI_ERR_ROOT:
      return "the root must be the same rank everywhere, from 0 to size() - 1";
    case MPI_ERR_COMM:
      return "the communicator was freed or never made; check its lifetime";
    case MPI_ERR_TYPE:
      return "the datatypes of the two sides do not fit together";
    case MPI_ERR_NO_MEM:
      return "send less at a time, or give the job more memory";
    case MPI_ERR_NO_SUCH_FILE:
      return "check the path on every node, or open it with file_mode::create";
    case MPI_ERR_FILE_EXISTS:
      return "choose another path, or open it without file_mode::exclusive";
    case MPI_ERR_BAD_FILE:
      return "the path names no ordinary file; check it on every node";
    case MPI_ERR_ACCESS:
      return "check the file's permissions, and that it was opened with a mode that allows this";
    case MPI_ERR_READ_ONLY:
      return "open it with file_mode::read_write or file_mode::write";
    case MPI_ERR_AMODE:
      return "give exactly one of read, write and read_write; create and exclusive need one that writes";
    case MPI_ERR_NO_SPACE:
    case MPI_ERR_QUOTA:
      return "free some space, or write elsewhere";
    case MPI_ERR_FILE_IN_USE:
      return "close it everywhere first";
    case MPI_ERR_RMA_SYNC:
    case MPI_ERR_RMA_CONFLICT:
      return "close the epoch that is open on this window before the next";
    case MPI_ERR_WIN:
      return advice_on_windows(routine);
    default:
      return "see the MPI standard for this error class";
  }
}

std::string describe(int code, const mpi_error::context& what) {
  char text[MPI_MAX_ERROR_STRING] = "";
  int length = 0;
  MPI_Error_string(code, text, &length);
  std::string message = fmt::format("{} failed", what.routine);
  auto out = std::back_inserter(message);
  if (what.rank != mpi_error::context::absent) fmt::format_to(out, " on rank {}", what.rank);
  fmt::format_to(out, " ({}", std::string_view{text, static_cast<std::size_t>(length)});
  const auto add = [&](const char* name, int value, int any) {
    if (value == mpi_error::context::absent) return;
    if (value == any) {
      fmt::format_to(out, "; {} any", name);
    } else {
      fmt::format_to(out, "; {} {}", name, value);
    }
  };
  if (what.object != nullptr) fmt::format_to(out, "; {}", what.object);
  add("peer", what.peer, MPI_ANY_SOURCE);
  add("tag", what.tag, MPI_ANY_TAG);
  if (what.count != mpi_error::context::absent) fmt::format_to(out, "; count {}", what.count);
  fmt::format_to(out, "; called at {}:{}); {}", what.where.file, what.where.line,
                 advice(class_of(code), what.routine));
  return message;
}

}  // namespace

mpi_error::mpi_error(int code, const context& what)
    : error{describe(code, what)}, code_{code}, class_{class_of(code)}, what_{what} {
  what_.object = nullptr;
}

namespace detail {

void throw_mpi_error(int code, const mpi_error::context& what) {
  throw mpi_error{code, what};
}

void throw_argument_error(const char* routine, int rank, const char* problem, long long value,
                          const call_site& where) {
  const auto on_rank = rank < 0 ? std::string{} : fmt::format(" on rank {}", rank);
  throw argument_error{fmt::format("{}{} (called at {}:{}): {}", routine, on_rank, where.file, where.line,
                                   fmt::format(fmt::runtime(problem), value))};
}

void throw_short_message(const char* routine, int rank, std::size_t came, std::size_t wanted,
                         const call_site& where) {
  throw error{
      fmt::format("{} on rank {} (called at {}:{}): a message of {} bytes came for a value of {} bytes (the two "
                  "sides disagree about "
                  "the type); receive the type that was sent",
                  routine, rank, where.file, where.line, came, wanted)};
}

}  // namespace detail
}  // namespace cohort
