#include <cohort/core/error.hpp>
#include <cohort/memory/detail/make_room.hpp>
#include <cohort/memory/detail/node_block.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <random>
#include <string>
#include <string_view>
#include <sys/mman.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace cohort::detail {
namespace {

std::string name_of(const block_place& place) {
  return fmt::format("/cohort-data-{}-{:016x}", place.process, place.tag);
}

/// A mapping of nothing is an error.
std::size_t mapped_bytes(std::size_t bytes) {
  return std::max<std::size_t>(bytes, 1);
}

[[noreturn]] void refuse(std::size_t bytes, int code) {
  throw error{
      fmt::format("shared data of {} bytes: no memory for them ({}); make room in /dev/shm, which needs as much on "
                  "each node (`df -h /dev/shm`), or share less",
                  bytes, std::generic_category().message(code))};
}

}  // namespace

node_block::node_block(std::size_t bytes) {
  std::random_device random;
  int descriptor = -1;
  do {
    place_ = {bytes, (std::uint64_t{random()} << 32U) | random(), ::getpid(), -1};
    const auto name = name_of(place_);
    descriptor = ::shm_open(name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor >= 0) ::shm_unlink(name.c_str());
  } while (descriptor < 0 && errno == EEXIST);
  if (descriptor < 0) refuse(bytes, errno);
  place_.descriptor = descriptor;
  owner_ = true;
  try {
    if (const int code = make_room(descriptor, mapped_bytes(bytes)); code != 0) refuse(bytes, code);
    map(descriptor, PROT_READ | PROT_WRITE);
  } catch (...) {
    ::close(descriptor);  // no destructor runs after a constructor that throws
    throw;
  }
}

std::optional<node_block> node_block::find(const block_place& place) {
  const auto path = fmt::format("/proc/{}/fd/{}", place.process, place.descriptor);
  // Another node has other processes of that number; the name tells this one's descriptor from theirs.
  std::array<char, 256> target{};
  const auto length = ::readlink(path.c_str(), target.data(), target.size());
  if (length <= 0) return std::nullopt;
  const std::string_view found{target.data(), static_cast<std::size_t>(length)};
  if (found.find(name_of(place)) == std::string_view::npos) return std::nullopt;
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return std::nullopt;
  struct stat status {};
  const bool whole =
      ::fstat(descriptor, &status) == 0 && static_cast<std::size_t>(status.st_size) == mapped_bytes(place.bytes);
  std::optional<node_block> result;
  if (whole) {
    result.emplace();
    result->place_ = place;
    try {
      result->map(descriptor, PROT_READ);
    } catch (...) {
      ::close(descriptor);
      throw;
    }
  }
  ::close(descriptor);
  return result;
}

void node_block::map(int descriptor, int protection) {
  void* const memory = ::mmap(nullptr, mapped_bytes(place_.bytes), protection, MAP_SHARED, descriptor, 0);
  if (memory == MAP_FAILED) refuse(place_.bytes, errno);
  base_ = memory;
}

void node_block::seal() noexcept {
  if (base_ != nullptr) ::mprotect(base_, mapped_bytes(place_.bytes), PROT_READ);
}

node_block::~node_block() {
  if (base_ != nullptr) ::munmap(base_, mapped_bytes(place_.bytes));
  if (owner_) ::close(place_.descriptor);
}

}  // namespace cohort::detail
