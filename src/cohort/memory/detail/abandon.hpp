#pragma once

#include <exception>
#include <memory>

namespace cohort::detail {

/// Ends an object whose end is a collective call. While an exception unwinds the stack of this rank alone, the
/// others may never make that call: the object is then left to MPI_Finalize, which every rank reaches.
///
/// T tells how many exceptions were in flight at its birth (`exceptions`), and abandon() makes its finalize_hook
/// delete it.
struct end_together {
  template <class T>
  void operator()(T* object) const noexcept {
    if (std::uncaught_exceptions() > object->exceptions && object->abandon()) return;
    delete object;
  }
};

template <class T>
using together = std::unique_ptr<T, end_together>;

}  // namespace cohort::detail
