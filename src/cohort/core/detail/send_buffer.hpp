#pragma once

#include <cohort/core/buffer.hpp>

#include <mpi.h>

#include <cstddef>
#include <mutex>
#include <vector>

namespace cohort::detail {

/// The copies that bsend took and MPI may still read: what MPI_Buffer_attach has the user size, grown as needed.
///
/// Each belongs to one MPI_Isend. Thread-safe; the lock is never held while MPI blocks.
class send_buffer {
 public:
  send_buffer() noexcept = default;
  send_buffer(const send_buffer&) = delete;
  send_buffer& operator=(const send_buffer&) = delete;
  ~send_buffer() = default;

  /// Calls start(copy), which begins to send it and gives its MPI_Request, and keeps it until that is complete.
  ///
  /// Frees some of those that are complete already: goes round the list and stops at the second that is not, so
  /// that a call makes at most two MPI_Test more than it frees copies, however many are under way.
  template <class Start>
  void send(buffer<std::byte>&& copy, Start&& start) {
    const std::lock_guard lock{mutex_};
    recycle();
    sending_.emplace_back();  // first, since nothing may throw once MPI reads the copy
    try {
      sending_.back().raw = start(copy);
    } catch (...) {
      sending_.pop_back();
      throw;
    }
    sending_.back().copy = std::move(copy);
  }

  /// Blocks until every copy has left. While an exception unwinds the stack nobody may be waited for: then those
  /// that have not left are let go with their memory, which MPI may still read. Returns MPI's error code.
  int complete();

  [[nodiscard]] std::size_t size() const {
    const std::lock_guard lock{mutex_};
    return sending_.size();
  }

 private:
  struct one {
    MPI_Request raw = MPI_REQUEST_NULL;
    buffer<std::byte> copy;
  };
  void recycle();

  mutable std::mutex mutex_;
  std::vector<one> sending_;
  std::size_t next_ = 0;  ///< where recycle() goes on
};

}  // namespace cohort::detail
