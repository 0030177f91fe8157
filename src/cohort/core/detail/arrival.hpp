#pragma once

#include <cohort/core/detail/owned.hpp>
#include <cohort/core/status.hpp>

namespace cohort::detail {

struct operation;

/// What an operation brings besides its data, if it brings anything: a posted receive the record of its type at
/// check level 1 (see p2p/detail/type_record.hpp), a collective the work that is left when MPI has done its part.
/// Belongs to the request, and ends after MPI has written to it.
class arrival {
 public:
  arrival() = default;
  arrival(const arrival&) = delete;
  arrival& operator=(const arrival&) = delete;
  virtual ~arrival() = default;

  /// Before a persistent receive starts again.
  virtual void reset() noexcept = 0;
  /// The receive ended with this code of MPI. Throws error if what came is not what was asked for; else makes
  /// `info` tell of the data alone.
  virtual void settle(int code, status& info, const operation& what) = 0;
  /// Before the operation is completed: whether it may be by now, at once or (with `wait`) in the end. Throws error
  /// if it cannot be; then nothing more is done with the operation.
  virtual bool look([[maybe_unused]] bool wait) { return true; }
  /// The operation was completed by its request's destructor, to which nothing can be told.
  virtual void finish() noexcept {}
};

}  // namespace cohort::detail
