#include "farm/spill.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

namespace cohort_farm {
namespace {

std::string temporary_directory() {
  const char* set = std::getenv("TMPDIR");
  return set != nullptr && *set != '\0' ? set : "/tmp";
}

int write_at(int fd, bytes_view data, std::uint64_t at) {
  while (!data.empty()) {
    const auto wrote = ::pwrite(fd, data.data(), data.size(), static_cast<off_t>(at));
    if (wrote > 0) {
      data = data.subspan(static_cast<std::size_t>(wrote));
      at += static_cast<std::uint64_t>(wrote);
    } else if (wrote == 0 || errno != EINTR) {
      return wrote == 0 ? ENOSPC : errno;
    }
  }
  return 0;
}

}  // namespace

spill::spill(std::string directory)
    : directory_{directory.empty() ? temporary_directory() : std::move(directory)} {}

int spill::open() {
  if (file_) return 0;
  file_.reset(::open(directory_.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (!file_) {  // not every file system can do that
    auto name = directory_ + "/cohort-farm.XXXXXX";
    file_.reset(::mkostemp(name.data(), O_CLOEXEC));
    if (!file_) return errno;
    ::unlink(name.c_str());
  }
  file_.lift();
  return file_ ? 0 : errno;
}

int spill::append(extent& to, bytes_view data) {
  if (const int error = open(); error != 0) return error;
  const auto had_blocks = to.blocks.size();
  const auto had_size = to.size;
  while (!data.empty()) {
    const auto within = static_cast<std::size_t>(to.size % block_size);
    if (within == 0 && to.size == to.blocks.size() * block_size) {
      if (free_.empty()) {
        to.blocks.push_back(blocks_++);
      } else {
        to.blocks.push_back(free_.back());
        free_.pop_back();
      }
    }
    const auto piece = data.first(std::min(data.size(), block_size - within));
    if (const int error = write_at(file_.get(), piece, to.blocks.back() * block_size + within); error != 0) {
      free_.insert(free_.end(), to.blocks.begin() + static_cast<std::ptrdiff_t>(had_blocks), to.blocks.end());
      to.blocks.resize(had_blocks);
      to.size = had_size;
      return error;
    }
    to.size += piece.size();
    data = data.subspan(piece.size());
  }
  return 0;
}

std::size_t spill::read(const extent& from, std::uint64_t offset, std::span<std::byte> into) const {
  std::size_t done = 0;
  while (done != into.size() && offset < from.size) {
    const auto within = offset % block_size;
    const auto most =
        std::min({static_cast<std::uint64_t>(into.size() - done), block_size - within, from.size - offset});
    const auto at = from.blocks[static_cast<std::size_t>(offset / block_size)] * block_size + within;
    const auto got =
        ::pread(file_.get(), into.data() + done, static_cast<std::size_t>(most), static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) throw std::system_error{got < 0 ? errno : EIO, std::generic_category(), "reading a kept output"};
    done += static_cast<std::size_t>(got);
    offset += static_cast<std::uint64_t>(got);
  }
  return done;
}

void spill::clear(extent& what) noexcept {
  for (const auto block : what.blocks) {
    // Gives the room back to the disk at once; where that is not possible, the block is at least used again.
    (void)::fallocate(file_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                      static_cast<off_t>(block * block_size), static_cast<off_t>(block_size));
  }
  free_.insert(free_.end(), what.blocks.begin(), what.blocks.end());
  what = {};
}

}  // namespace cohort_farm
