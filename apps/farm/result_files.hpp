#pragma once

#include "common/descriptor.hpp"
#include "farm/wire.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace cohort_farm {

using cohort_apps::descriptor;

/// The files of --results: DIR/<seq>/stdout, stderr, and status, whose presence means that the others are complete.
class result_files {
 public:
  explicit result_files(std::string directory) : directory_{std::move(directory)} {}

  struct opened {
    descriptor out;
    descriptor err;
  };
  /// Makes the files for a new attempt, and removes an old status. What an earlier attempt, on whatever rank, still
  /// writes goes to files that have no name any more. Throws farm_error.
  [[nodiscard]] opened open(std::uint64_t seq) const;

  /// Bytes in a file now.
  [[nodiscard]] static std::uint64_t size(const descriptor& file);

  /// Writes status, as lines `name<TAB>value`: first to another name, then renamed; not at all if a later attempt
  /// has taken the place of this one, whose files are `files`. Throws farm_error.
  void finish(const completion& how, const opened& files, std::string_view line, std::string_view host) const;

  /// Verifies that the directory is there (makes it if not) and can be written to. Throws farm_error.
  void check() const;

 private:
  /// Whether the name still means this file.
  [[nodiscard]] static bool is(const std::string& name, const descriptor& file);
  [[nodiscard]] std::string path(std::uint64_t seq, std::string_view name) const;
  std::string directory_;
};

}  // namespace cohort_farm
