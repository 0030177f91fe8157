#pragma once

#include <cohort/pattern/rank_error.hpp>

#include <cstdint>
#include <string>
#include <utility>

namespace cohort {

/// Where in divide_and_conquer a function of the user's has thrown. Travels by value.
struct divide_failure {
  rank_failure what;        ///< type, message, rank and host
  std::string step;         ///< "divisible", "split", "solve", "merge"; "sending", "receiving" if that has thrown
  std::uint64_t depth = 0;  ///< of the problem it was called for; the given one has depth 0
};

/// One of the functions has thrown: every rank throws this, the same on each. If several have, it tells of the
/// lowest rank. On the rank where it happened the function's own exception is nested in it
/// (std::rethrow_if_nested).
class divide_error : public rank_error {
 public:
  explicit divide_error(divide_failure what)
      : rank_error{std::move(what.what)}, step_{std::move(what.step)}, depth_{what.depth} {}
  [[nodiscard]] const std::string& step() const noexcept { return step_; }
  [[nodiscard]] std::uint64_t depth() const noexcept { return depth_; }

 private:
  std::string step_;
  std::uint64_t depth_;
};

}  // namespace cohort
