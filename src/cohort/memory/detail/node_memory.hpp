#pragma once

#include <cohort/core/call_site.hpp>
#include <cohort/core/communicator.hpp>

#include <cstddef>
#include <utility>

namespace cohort::detail {

/// Some zeroed bytes that the ranks of a node share, for atomics. Unlike a shared_window each rank gives them back
/// alone, when it likes: POSIX shared memory, whose name is gone as soon as all ranks have it.
class node_memory {
 public:
  node_memory() noexcept = default;
  /// The same `bytes` on all ranks of `node`, which must share memory. Collective over `node`: MPI_Bcast of the
  /// name, MPI_Allreduce of the success. Throws error, on every rank, if the system gives no memory. Aligned to a
  /// page.
  node_memory(const communicator& node, std::size_t bytes, call_site where = call_site::current());
  node_memory(node_memory&& other) noexcept
      : base_{std::exchange(other.base_, nullptr)}, bytes_{std::exchange(other.bytes_, 0)} {}
  node_memory& operator=(node_memory&& other) noexcept {
    std::swap(base_, other.base_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~node_memory();

  [[nodiscard]] std::byte* data() const noexcept { return static_cast<std::byte*>(base_); }
  [[nodiscard]] std::size_t size() const noexcept { return bytes_; }

 private:
  void* base_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace cohort::detail
