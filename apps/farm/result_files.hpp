#pragma once

#include "farm/descriptor.hpp"
#include "farm/wire.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace cohort_farm {

/// The files of --results: DIR/<seq>/stdout, stderr, and status, whose presence means that the others are complete.
class result_files {
 public:
  explicit result_files(std::string directory) : directory_{std::move(directory)} {}

  struct opened {
    descriptor out;
    descriptor err;
  };
  /// Opens (and empties) the files for a new attempt, and removes an old status. Throws farm_error.
  [[nodiscard]] opened open(std::uint64_t seq) const;

  /// Bytes in a task's file now.
  [[nodiscard]] std::uint64_t size(std::uint64_t seq, stream which) const;

  /// Writes status, as lines `name<TAB>value`: first to another name, then renamed. Throws farm_error.
  void finish(const completion& how, std::string_view line, std::string_view host) const;

 private:
  [[nodiscard]] std::string path(std::uint64_t seq, std::string_view name) const;
  std::string directory_;
};

}  // namespace cohort_farm
