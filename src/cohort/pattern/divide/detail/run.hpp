#pragma once

#include <cohort/core/call_site.hpp>
#include <cohort/core/communicator.hpp>
#include <cohort/pattern/detail/waiting.hpp>
#include <cohort/pattern/divide/detail/costs.hpp>
#include <cohort/pattern/divide/detail/mail.hpp>
#include <cohort/pattern/divide/divide_error.hpp>
#include <cohort/pattern/divide/options.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>

namespace cohort::detail {

/// What is done with the user's problems; `nothing`: none of the user's functions is being called.
enum class divide_step : unsigned char { nothing, divisible, split, solve, merge, send, receive };

/// A call of divide_and_conquer on this rank, as far as it does not depend on the types: messages, times, failure.
class divide_run {
 public:
  /// Throws argument_error, on every rank, if the options make no sense. Collective: duplicates the communicator.
  divide_run(const communicator& comm, const divide_options& options, call_site where);
  divide_run(const divide_run&) = delete;
  divide_run& operator=(const divide_run&) = delete;

 protected:
  ~divide_run() = default;

  [[nodiscard]] static std::int64_t now() noexcept;

  /// Now and then true, about every 100 us: look at the messages. To be asked after each problem.
  [[nodiscard]] bool due() noexcept { return --countdown_ == 0 && clock_says_due(); }
  /// Before a problem of this depth is solved, which may take long.
  [[nodiscard]] bool due_before(std::size_t depth) noexcept;

  void become_idle();
  void become_busy();
  /// A turn of a rank that has nothing to work on; `heard`: a message has just come.
  void idle(bool heard);

  /// In a catch block, of what a function of the user's has thrown: takes it down. Throws again what is none of
  /// theirs.
  void fail();
  /// Collective: the end of the call. Throws divide_error if a rank has failed.
  void conclude();

  [[nodiscard]] const communicator& comm() const noexcept { return comm_; }

  divide_options options_;
  divide_mail mail_;
  divide_costs costs_;
  divide_share share_;
  divide_step doing_ = divide_step::nothing;
  std::size_t doing_depth_ = 0;
  std::int64_t looked_ = 0;

 private:
  [[nodiscard]] bool clock_says_due() noexcept;

  communicator comm_;
  call_site where_;
  int countdown_ = 1;
  int stride_ = 1;
  std::int64_t glanced_ = 0;
  std::int64_t idle_since_ = 0;  ///< 0: it is not idle
  waiting pause_;
  std::optional<divide_failure> failure_;
  std::exception_ptr exception_;
};

}  // namespace cohort::detail
