#pragma once

#include <cohort/core/communicator.hpp>
#include <cohort/pattern/rank_error.hpp>

#include <cstddef>
#include <exception>
#include <optional>

namespace cohort::detail {

/// How ranks that work through differently many rounds stay together: before each round all agree whether there is
/// one more, and whether a rank has failed. A failure is only recorded where it happens; every rank throws it, at
/// the next agreement.
class round_agreement {
 public:
  round_agreement(const communicator& comm, const char* routine, call_site where)
      : comm_{comm}, routine_{routine}, where_{where} {}

  /// Collective: whether any rank has `more` to do. One MPI_Allreduce of an int. Throws rank_error if a rank has
  /// failed.
  bool any(bool more);

  /// In a catch block: takes the exception down as this rank's failure, if it is the first. But one that any() has
  /// thrown, which comes here through a function of the user's, is thrown again.
  void fail(const std::string& during);
  /// Nothing more should be done here before the next agreement.
  [[nodiscard]] bool failed() const noexcept { return failure_.has_value() || thrown_; }
  /// Ends what this rank does, if it has failed or any() has thrown and a function of the user's has swallowed
  /// that.
  void go_on() const;

 private:
  struct ended {};  ///< what go_on() throws after a failure; fail() knows more already

  communicator comm_;
  const char* routine_;
  call_site where_;
  std::optional<rank_failure> failure_;
  std::exception_ptr thrown_;  ///< the rank_error that any() has thrown
};

}  // namespace cohort::detail
