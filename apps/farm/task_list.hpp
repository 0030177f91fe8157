#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cohort_farm {

/// The commands of a run: one text and where the lines begin in it, so that a million of them cost little.
/// Task number i (from 0) has the Seq i + 1.
class task_list {
 public:
  /// The longest command: the kernel takes no longer argument (MAX_ARG_STRLEN, with the end).
  static constexpr std::size_t longest = 128 * 1024 - 1;

  /// Reads a file, or standard input for "-". Throws farm_error: unreadable, empty, or a line that cannot be run.
  [[nodiscard]] static task_list read(const std::string& file);
  /// The same from a text; `name` is for messages.
  [[nodiscard]] static task_list parse(std::string text, const std::string& name);

  [[nodiscard]] std::size_t size() const noexcept { return lines_.size(); }
  /// As it stands in the file, without the end of the line.
  [[nodiscard]] std::string_view operator[](std::size_t i) const noexcept {
    return {text_.data() + lines_[i].begin, lines_[i].length};
  }
  /// Number of the line of the file, from 1.
  [[nodiscard]] std::size_t line_number(std::size_t i) const noexcept { return lines_[i].number; }
  /// The file's name, or "standard input".
  [[nodiscard]] const std::string& name() const noexcept { return name_; }

 private:
  struct line {
    std::uint64_t begin;
    std::uint32_t length;
    std::uint32_t number;
  };
  std::string text_;
  std::string name_;
  std::vector<line> lines_;
};

}  // namespace cohort_farm
