#pragma once

#include <cohort/core/call_site.hpp>
#include <cohort/core/error.hpp>

#include <cstddef>

namespace cohort {

/// A failed MPI call: which routine, why, on which rank, towards whom, from which line of the user's program.
class mpi_error : public error {
 public:
  /// What was being done. `peer`, `tag` and `count` are absent where the call has none.
  struct context {
    static constexpr int absent = -1000;
    const char* routine = "";
    int rank = absent;
    int peer = absent;
    int tag = absent;
    std::ptrdiff_t count = absent;  ///< in elements
    call_site where;
    const char* object = nullptr;  ///< what it was done to, such as a file's path; for the message, not kept
  };

  mpi_error(int code, const context& what);

  [[nodiscard]] int code() const noexcept { return code_; }          ///< as MPI returned it
  [[nodiscard]] int error_class() const noexcept { return class_; }  ///< MPI_ERR_...
  [[nodiscard]] const char* routine() const noexcept { return what_.routine; }
  [[nodiscard]] int rank() const noexcept { return what_.rank; }
  [[nodiscard]] int peer() const noexcept { return what_.peer; }
  [[nodiscard]] int tag() const noexcept { return what_.tag; }
  [[nodiscard]] std::ptrdiff_t count() const noexcept { return what_.count; }
  [[nodiscard]] const call_site& where() const noexcept { return what_.where; }

 private:
  int code_;
  int class_;
  context what_;
};

namespace detail {

[[noreturn]] void throw_mpi_error(int code, const mpi_error::context& what);
/// Throws argument_error: "routine on rank R (called at file:line): problem".
[[noreturn]] void throw_argument_error(const char* routine, int rank, const char* problem, long long value,
                                       const call_site& where);

/// Throws error: a message of `came` bytes where a value of `wanted` bytes was expected.
[[noreturn]] void throw_short_message(const char* routine, int rank, std::size_t came, std::size_t wanted,
                                      const call_site& where);

}  // namespace detail
}  // namespace cohort
