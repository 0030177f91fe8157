#include "fibonacci/terms.hpp"

#include "fibonacci/term.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <system_error>

namespace fibonacci {
namespace {

/// A word as errors show it: no control characters, not too long.
std::string quoted(std::string_view word) {
  constexpr std::size_t longest = 40;
  std::string text{word.substr(0, longest)};
  for (auto& c : text) {
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = '?';
  }
  return fmt::format("'{}{}'", text, word.size() > longest ? "..." : "");
}

std::string expected(const limits& allowed) {
  return fmt::format("expected a whole number from 0 to {}, or a range such as 10..20", allowed.highest);
}

bool is_number(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

[[noreturn]] void not_a_number(std::string_view word, const limits& allowed) {
  if (word.size() > 1 && word.front() == '-' && is_number(word.substr(1))) {
    throw input_error{
        fmt::format("{} is negative (terms are counted from 0); {}", quoted(word), expected(allowed))};
  }
  throw input_error{fmt::format("{} is not a term's number; {}", quoted(word), expected(allowed))};
}

/// `part` of `word` as a number that may be a term's.
std::uint64_t parse_number(std::string_view part, std::string_view word, const limits& allowed) {
  if (!is_number(part)) not_a_number(word, allowed);
  std::uint64_t n = 0;
  const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), n);
  if (error == std::errc{} && n <= allowed.highest) return n;
  if (error != std::errc{} || n > highest_possible) {
    throw input_error{fmt::format("{} is too high (the highest term possible is {}); {}", quoted(part),
                                  highest_possible, expected(allowed))};
  }
  const auto digits = expected_digits(n);
  throw input_error{
      fmt::format("{} is above the limit of {} (this one term would have {} {}); give a lower one, "
                  "or raise the limit with --limit",
                  quoted(part), allowed.highest, digits, digits == 1 ? "digit" : "digits")};
}

/// A range's step, which counts terms and has no limit of its own.
std::uint64_t parse_step(std::string_view part, std::string_view word, const limits& allowed) {
  if (!is_number(part)) not_a_number(word, allowed);
  std::uint64_t step = 0;
  const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), step);
  if (error != std::errc{}) step = highest_possible;  // more than the length of any range: its first term only
  if (step == 0) {
    throw input_error{
        fmt::format("the range {} has a step of 0 (it would never end); give a step of 1 or more", quoted(word))};
  }
  return step;
}

void require_room(std::uint64_t more, const limits& allowed, const std::vector<std::uint64_t>& terms) {
  if (more <= allowed.count - terms.size()) return;
  throw input_error{
      fmt::format("the input stands for {} terms so far (at most {} in one run); split it up, or give "
                  "ranges a wider step",
                  terms.size() + more, allowed.count)};
}

std::string reason(int code) {
  return std::generic_category().message(code);
}

[[noreturn]] void unreadable(std::string_view name, int code, std::string_view advice) {
  throw input_error{fmt::format("{}: cannot be read ({}); {}", name, reason(code), advice)};
}

}  // namespace

void parse_word(std::string_view word, const limits& allowed, std::vector<std::uint64_t>& terms) {
  const auto dots = word.find("..");
  if (dots == std::string_view::npos) {
    const auto n = parse_number(word, word, allowed);
    require_room(1, allowed, terms);
    terms.push_back(n);
    return;
  }
  const auto rest = word.substr(dots + 2);
  const auto more_dots = rest.find("..");
  const auto first = parse_number(word.substr(0, dots), word, allowed);
  const auto last = parse_number(rest.substr(0, more_dots), word, allowed);
  const auto step = more_dots == std::string_view::npos ? 1 : parse_step(rest.substr(more_dots + 2), word, allowed);
  if (last < first) {
    throw input_error{fmt::format("the range {} ends before it begins; write {}..{}", quoted(word), last, first)};
  }
  const auto count = (last - first) / step + 1;
  require_room(count, allowed, terms);
  for (std::uint64_t i = 0; i != count; ++i) terms.push_back(first + i * step);
}

void parse_text(std::istream& text, std::string_view name, const limits& allowed,
                std::vector<std::uint64_t>& terms) {
  constexpr std::string_view blanks = " \t\r\v\f,";
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
  const auto before = terms.size();
  std::string line;
  for (std::size_t number = 1; std::getline(text, line); ++number) {
    std::string_view rest = line;
    if (number == 1 && rest.starts_with(byte_order_mark)) rest.remove_prefix(byte_order_mark.size());
    rest = rest.substr(0, rest.find('#'));
    while (true) {
      const auto begin = rest.find_first_not_of(blanks);
      if (begin == std::string_view::npos) break;
      const auto end = std::min(rest.find_first_of(blanks, begin), rest.size());
      try {
        parse_word(rest.substr(begin, end - begin), allowed, terms);
      } catch (const input_error& e) {
        throw input_error{fmt::format("{}:{}: {}", name, number, e.what())};
      }
      rest.remove_prefix(end);
    }
  }
  if (text.bad()) unreadable(name, errno, "check the file and its disk");
  if (terms.size() == before) {
    throw input_error{
        fmt::format("{}: no terms (only blank lines and comments, if anything); {}", name, expected(allowed))};
  }
}

void parse_file(const std::string& name, const limits& allowed, std::vector<std::uint64_t>& terms) {
  if (name == "-") {
    parse_text(std::cin, "standard input", allowed, terms);
    return;
  }
  const auto advice = fmt::format("{}, or a file of them", expected(allowed));
  std::error_code ignored;
  if (std::filesystem::is_directory(name, ignored)) unreadable(name, EISDIR, advice);
  errno = 0;
  std::ifstream file{name};
  if (!file) unreadable(name, errno, advice);
  parse_text(file, name, allowed, terms);
}

bool looks_like_terms(std::string_view word) noexcept {
  return word != "-" && word.find_first_not_of("0123456789.+-") == std::string_view::npos &&
         word.find_first_of("0123456789") != std::string_view::npos;
}

void require_memory(const std::vector<std::uint64_t>& terms, std::uint64_t memory) {
  std::uint64_t digits = 0;
  for (const auto n : terms) digits += expected_digits(n);
  if (digits <= memory / 2) return;
  throw input_error{
      fmt::format("the whole values have {} digits together (they are gathered on one rank, whose host "
                  "has {} bytes of memory); leave out --full, or ask for fewer terms",
                  digits, memory)};
}

}  // namespace fibonacci
