#pragma once

#include <exception>

namespace cohort::detail {

#ifdef __GLIBCXX__
/// Where the C++ runtime counts this thread's uncaught exceptions; null until the thread has asked.
inline constinit thread_local const unsigned* uncaught_count = nullptr;
/// Asks the runtime. Never null.
const unsigned* find_uncaught_count() noexcept;

/// std::uncaught_exceptions() at the price of a load. The standard one, two calls into shared libraries, would be
/// most of what a request costs beside its MPI calls.
inline int uncaught_exceptions() noexcept {
  if (uncaught_count == nullptr) [[unlikely]]
    uncaught_count = find_uncaught_count();
  return static_cast<int>(*uncaught_count);
}
#else
inline int uncaught_exceptions() noexcept {
  return std::uncaught_exceptions();
}
#endif

}  // namespace cohort::detail
