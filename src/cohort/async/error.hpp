#pragma once

#include <cohort/core/error.hpp>

namespace cohort {

/// Thrown by what a task awaits when the scope it runs in is to stop: let it pass, after tidying up. Whoever asked
/// for the stop (a scope, when_any, with_timeout) takes it.
class stopped_error : public error {
 public:
  stopped_error()
      : error{"the task was told to stop (its scope ends, or its stop token was used); let this exception pass"} {}
};

/// All tasks of an event loop wait, and nothing is left that could wake one.
class deadlock_error : public error {
 public:
  using error::error;
};

}  // namespace cohort
