#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace cohort::cluster::detail {

/// What a hostfile consists of, to Open MPI 4.1.
enum class host_token : std::uint8_t {
  end,
  newline,    ///< or a comment
  integer,    ///< digits alone
  word,       ///< letters, digits and _-,:*@
  host,       ///< a name with dots; with user@ in front or not
  ipv4,       ///< the same for an address
  relative,   ///< +n3, +e, +e:2
  equal,      ///< =
  slots,      ///< slots, count, cpu
  max_slots,  ///< max_slots and its many spellings
  user,       ///< username
  port,
  rank,
  unsupported,  ///< known to the grammar, accepted nowhere: slot, boards, sockets, cores ...
  quoted,
  invalid  ///< a character that belongs to nothing
};

/// Cuts a hostfile into tokens exactly as Open MPI's lexer does, oddities included: a comment that the end of the
/// file ends, instead of a line end, is none.
class host_tokens {
 public:
  explicit host_tokens(std::string_view text) noexcept : rest_{text} {}

  host_token next();
  /// Of the last token. @{
  [[nodiscard]] std::string_view text() const noexcept { return text_; }
  [[nodiscard]] unsigned line() const noexcept { return line_; }
  /// @}
  /// A block comment began there that nothing ends; 0 if none did.
  [[nodiscard]] unsigned open_comment() const noexcept { return in_comment_ ? comment_line_ : 0; }
  /// Goes to the next line, or to the end.
  void skip_line();

 private:
  host_token comment();
  host_token take(std::size_t length, host_token kind) noexcept;
  void count_lines() noexcept;

  std::string_view rest_;
  std::string_view text_;
  unsigned line_ = 1;
  unsigned lines_ended_ = 0;  ///< by the last token
  unsigned comment_line_ = 0;
  bool in_comment_ = false;
};

}  // namespace cohort::cluster::detail
