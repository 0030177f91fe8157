#pragma once

#include <cohort/core/error.hpp>

namespace cohort::journal {

/// A journal cannot be opened, read or written. The message names the file; nothing in it was damaged.
class journal_error : public error {
 public:
  using error::error;
};

}  // namespace cohort::journal
