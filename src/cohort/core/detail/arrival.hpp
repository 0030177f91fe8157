#pragma once

#include <cohort/core/status.hpp>

namespace cohort::detail {

struct operation;

/// What a posted receive brings besides its data, if it brings anything: the record of its type at check level 1
/// (see p2p/detail/type_record.hpp). Belongs to the request, and ends after MPI has written to it.
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
};

}  // namespace cohort::detail
