#pragma once

#include <cohort/core/error.hpp>

namespace cohort::journal {

/// A journal cannot be opened, read or written. The message names the file; nothing in it was damaged.
class journal_error : public error {
 public:
  using error::error;
};

/// The journal belongs to something else than was said.
class other_owner_error : public journal_error {
 public:
  using journal_error::journal_error;
};

}  // namespace cohort::journal
