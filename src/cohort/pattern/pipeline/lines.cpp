#include <cohort/core/error.hpp>
#include <cohort/pattern/pipeline/lines.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iostream>
#include <iterator>
#include <system_error>
#include <utility>

namespace cohort {

line_source::line_source(std::vector<std::string> files, char end) : files_{std::move(files)}, end_{end} {}
line_source::line_source(line_source&& other) noexcept = default;
line_source& line_source::operator=(line_source&& other) noexcept = default;
line_source::~line_source() = default;

std::optional<std::string> line_source::operator()() {
  std::string line;
  for (;;) {
    if (!begins_.empty()) {
      errno = 0;
      if (std::getline(stream(), line, end_)) {
        ++given_;
        return line;
      }
      if (stream().bad()) fail("read");
      open_.reset();
    }
    if (begins_.size() == files_.size()) return std::nullopt;
    begins_.push_back(given_);
    if (standard_input()) continue;
    errno = 0;
    open_ = detail::owned<std::ifstream>::make(files_[begins_.size() - 1], std::ios::binary);
    if (!*open_) fail("open");
  }
}

std::string line_source::place_of(std::uint64_t item) const {
  if (begins_.empty()) return {};
  // The last file that begins there or before: empty ones begin where the next one does.
  const auto after = std::upper_bound(begins_.begin() + 1, begins_.end(), item);
  const auto file = static_cast<std::size_t>(std::distance(begins_.begin(), after)) - 1;
  return fmt::format("{}:{}", name(file), item - begins_[file] + 1);
}

bool line_source::standard_input() const {
  return files_[begins_.size() - 1] == "-";
}

std::istream& line_source::stream() const {
  return standard_input() ? std::cin : *open_;
}

std::string line_source::name(std::size_t file) const {
  return files_[file] == "-" ? "standard input" : files_[file];
}

void line_source::fail(const char* what) const {
  const auto why = errno == 0 ? std::string{"no reason given"} : std::generic_category().message(errno);
  throw error{fmt::format("lines_of: cannot {} {} ({}); pass files that rank 0 can read", what,
                          name(begins_.size() - 1), why)};
}

}  // namespace cohort
