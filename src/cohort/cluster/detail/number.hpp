#pragma once

#include <charconv>
#include <optional>
#include <string_view>

namespace cohort::cluster::detail {

/// The whole of `text` as a number without a sign; std::nullopt if it is none, or does not fit.
template <class Number>
[[nodiscard]] std::optional<Number> to_number(std::string_view text) noexcept {
  Number value{};
  if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// `text` up to the first `mark`, which is taken away with it; all of it if there is none.
[[nodiscard]] inline std::string_view take_until(std::string_view& text, char mark) noexcept {
  const auto end = text.find(mark);
  const auto part = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return part;
}

/// Without blanks and line ends at both ends.
[[nodiscard]] inline std::string_view trimmed(std::string_view text) noexcept {
  constexpr std::string_view blank = " \t\r\n\v\f";
  const auto begin = text.find_first_not_of(blank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blank) + 1 - begin);
}

}  // namespace cohort::cluster::detail
