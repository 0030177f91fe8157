#include <cohort/core/detail/uncaught.hpp>

#ifdef __GLIBCXX__
#include <cxxabi.h>

namespace cohort::detail {
namespace {

/// What __cxa_get_globals points to, which <cxxabi.h> only declares: laid down by the Itanium C++ ABI for exception
/// handling, 2.2.2.
struct eh_globals {
  void* caught_exceptions;
  unsigned uncaught_exceptions;
};

}  // namespace

const unsigned* find_uncaught_count() noexcept {
  return &reinterpret_cast<const eh_globals*>(abi::__cxa_get_globals())->uncaught_exceptions;
}

}  // namespace cohort::detail
#endif
