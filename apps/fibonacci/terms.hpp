#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace fibonacci {

/// The input cannot be used; what() says where, why, and what was expected.
class input_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct limits {
  std::uint64_t highest = 1'000'000'000;  ///< F(10^9) has 208,987,640 digits
  std::size_t count = 1'000'000;          ///< terms in one run
};

/// Where GMP's integers end, and so the most that limits::highest can be.
inline constexpr std::uint64_t highest_possible = 100'000'000'000;

/// Appends what one word stands for to `terms`: a whole number (7), or a range, both ends included (10..20), also
/// with a step (0..100..10). Throws input_error without a place.
void parse_word(std::string_view word, const limits& allowed, std::vector<std::uint64_t>& terms);

/// Appends the terms of a text: words separated by blanks or commas, on any number of lines; # begins a comment.
/// `name` is what errors call the text: "numbers.txt:3: 'abc' is not a term's number; expected ...". A text without
/// any term is an error.
void parse_text(std::istream& text, std::string_view name, const limits& allowed,
                std::vector<std::uint64_t>& terms);

/// The same for a file, or for standard input if `name` is "-".
void parse_file(const std::string& name, const limits& allowed, std::vector<std::uint64_t>& terms);

/// Whether a word of the command line is meant as a number or range; if not, it names a file.
[[nodiscard]] bool looks_like_terms(std::string_view word) noexcept;

/// Throws input_error if the values of `terms`, all different, cannot be held on one host of `memory` bytes.
void require_memory(const std::vector<std::uint64_t>& terms, std::uint64_t memory);

}  // namespace fibonacci
