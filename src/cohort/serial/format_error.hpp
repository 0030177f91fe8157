#pragma once

#include <cohort/core/call_site.hpp>
#include <cohort/core/error.hpp>

#include <cstddef>

namespace cohort::serial {

/// The bytes do not encode the object that was asked for.
class format_error : public error {
 public:
  using error::error;
};

namespace detail {

/// The bytes end early: `wanted` more items or bytes are claimed, and `left` bytes are there.
[[noreturn]] void throw_truncated(std::size_t wanted, std::size_t left);
/// The same error again, with "routine on rank R (called at file:line): " before it.
[[noreturn]] void throw_received(const format_error& what, const char* routine, int rank, const call_site& where);

}  // namespace detail
}  // namespace cohort::serial
