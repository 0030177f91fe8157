#pragma once

#include <cohort/core/communicator.hpp>

#include <memory>

namespace cohort::detail {

/// What a layer above keeps with an MPI_Comm because it is costly to make: made by the first call that needs it,
/// shared by all wrappers of that MPI_Comm, ended with it (or with MPI). Its destructor must not wait for other
/// ranks: nothing tells in which order ranks free their communicators.
class attachment {
 public:
  attachment() = default;
  attachment(const attachment&) = delete;
  attachment& operator=(const attachment&) = delete;
  virtual ~attachment() = default;
};

/// The attachment of this kind that hangs on the communicator; null if there is none. `kind` is the address of any
/// object that stands for it. One MPI_Comm_get_attr.
[[nodiscard]] attachment* attached(const communicator& comm, const void* kind);
/// Hangs it there. There must be none of this kind yet. Not collective.
void attach(const communicator& comm, const void* kind, std::unique_ptr<attachment> what);

}  // namespace cohort::detail
