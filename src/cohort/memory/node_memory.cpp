#include <cohort/core/mpi_error.hpp>
#include <cohort/memory/detail/make_room.hpp>
#include <cohort/memory/detail/node_memory.hpp>

#include <fmt/format.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <sys/mman.h>
#include <system_error>
#include <unistd.h>

namespace cohort::detail {
namespace {

constexpr std::size_t name_length = 64;

/// A new object of shared memory under a name that nobody has: its descriptor, or -1 and errno.
int create(std::array<char, name_length>& name) {
  static std::atomic<unsigned> made{0};
  for (;;) {
    const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
    const auto end =
        fmt::format_to_n(name.data(), name.size() - 1, "/cohort-{}-{}-{:x}", ::getpid(), made++, now).out;
    *end = '\0';
    const int fd = ::shm_open(name.data(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0 || errno != EEXIST) return fd;
  }
}

}  // namespace

node_memory::node_memory(const communicator& node, std::size_t bytes, call_site where) {
  const auto& here = access::state(node, "node_memory", where);
  std::array<char, name_length> name{};
  int fd = -1;
  int fault = 0;
  if (here.rank == 0) {
    fd = create(name);
    fault = fd < 0 ? errno : make_room(fd, bytes);
  }
  check(MPI_Bcast(name.data(), name_length, MPI_CHAR, 0, here.comm), "MPI_Bcast", here, where, 0);
  if (here.rank != 0) {
    fd = ::shm_open(name.data(), O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0) fault = errno;
  }
  if (fault == 0) {
    void* const memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) {
      fault = errno;
    } else {
      base_ = memory;
      bytes_ = bytes;
    }
  }
  if (fd >= 0) ::close(fd);
  int worst = 0;
  const int code = MPI_Allreduce(&fault, &worst, 1, MPI_INT, MPI_MAX, here.comm);
  if (here.rank == 0) ::shm_unlink(name.data());
  if (code == MPI_SUCCESS && worst == 0) return;
  if (base_ != nullptr) ::munmap(base_, bytes_);  // no destructor runs after a constructor that throws
  check(code, "MPI_Allreduce", here, where);
  throw error{
      fmt::format("node_memory on rank {} of its node (called at {}:{}): no shared memory of {} bytes ({}); make "
                  "room in /dev/shm, which all ranks of a node must see",
                  here.rank, where.file, where.line, bytes, std::generic_category().message(worst))};
}

node_memory::~node_memory() {
  if (base_ != nullptr) ::munmap(base_, bytes_);
}

}  // namespace cohort::detail
