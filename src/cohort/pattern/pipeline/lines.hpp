#pragma once

#include <cohort/core/detail/owned.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <ranges>
#include <string>
#include <utility>
#include <vector>

namespace cohort {

/// A pipeline's source: the lines of files, one after the other. See lines_of().
class line_source {
 public:
  line_source(std::vector<std::string> files, char end);
  line_source(line_source&& other) noexcept;
  line_source& operator=(line_source&& other) noexcept;
  ~line_source();

  /// The next line, without its end. Throws error if a file cannot be read.
  [[nodiscard]] std::optional<std::string> operator()();
  /// Where the line with this number, from 0, stands: "data.txt:17". For errors.
  [[nodiscard]] std::string place_of(std::uint64_t item) const;

 private:
  [[nodiscard]] bool standard_input() const;
  [[nodiscard]] std::istream& stream() const;
  [[nodiscard]] std::string name(std::size_t file) const;
  [[noreturn]] void fail(const char* what) const;

  std::vector<std::string> files_;
  char end_;
  detail::owned<std::ifstream> open_;
  std::vector<std::uint64_t> begins_;  ///< the number of the first line of each file that has been opened
  std::uint64_t given_ = 0;
};

/// The lines of files as a pipeline's source, for cohort::pipeline(cohort::lines_of("words.txt")). The files are
/// read line by line on the source's rank, and need to be there only; "-" is the standard input, which mpirun gives
/// to rank 0, where the source is. A last line need not end. Where an item fails, pipeline_error names its file and
/// line. With the `end` '\0' the lines are what find -print0 prints.
/// Names are strings, or std::filesystem::path.
[[nodiscard]] inline line_source lines_of(std::vector<std::string> files, char end = '\n') {
  return {std::move(files), end};
}
template <std::ranges::input_range Files>
requires(!std::convertible_to<Files, std::string> &&
         std::convertible_to<std::ranges::range_reference_t<Files>, std::string>) [[nodiscard]] line_source
    lines_of(const Files& files, char end = '\n') {
  return {std::vector<std::string>(std::ranges::begin(files), std::ranges::end(files)), end};
}
template <std::convertible_to<std::string> File>  // a template, so that {"a", "b"} means two files
[[nodiscard]] line_source lines_of(File&& file, char end = '\n') {
  std::vector<std::string> files;
  files.emplace_back(std::forward<File>(file));
  return {std::move(files), end};
}

}  // namespace cohort
