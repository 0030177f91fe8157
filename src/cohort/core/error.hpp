#pragma once

#include <stdexcept>
#include <string>

namespace cohort {

/// Base of every exception that cohort throws. Messages read "problem (why it is one); what to do".
class error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A call's arguments break its documented precondition. Found before any message is sent.
class argument_error : public error {
 public:
  using error::error;
};

/// Something took longer than it was allowed to: a task under with_timeout, which is stopped; or that for which a
/// future's get() waits, which goes on.
class timeout_error : public error {
 public:
  using error::error;
};

}  // namespace cohort
