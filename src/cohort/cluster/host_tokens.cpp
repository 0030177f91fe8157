#include <cohort/cluster/detail/host_tokens.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace cohort::cluster::detail {
namespace {

bool digit(char c) noexcept {
  return c >= '0' && c <= '9';
}
bool alphanumeric(char c) noexcept {
  return digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool blank(char c) noexcept {
  return c == ' ' || c == '\t' || c == '\f' || c == '\v';
}
bool of_word(char c) noexcept {
  return alphanumeric(c) || std::string_view{"_-,:*@"}.find(c) != std::string_view::npos;
}
bool of_user(char c) noexcept {
  return alphanumeric(c) || c == '_' || c == '-';
}

template <class Predicate>
std::size_t count_while(std::string_view text, Predicate wanted) noexcept {
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), wanted) - text.begin());
}

/// Length of `user@` at the beginning; 0 if there is none.
std::size_t user_length(std::string_view text, bool caret) noexcept {
  const std::size_t begin = caret && !text.empty() && text.front() == '^' ? 1 : 0;
  const auto name = text.substr(begin);
  if (name.empty() || !alphanumeric(name.front())) return 0;
  const auto length = count_while(name, of_user);
  return length < name.size() && name[length] == '@' ? begin + length + 1 : 0;
}

std::size_t plain_host_length(std::string_view text) noexcept {
  if (text.empty() || !alphanumeric(text.front())) return 0;
  return count_while(text, [](char c) { return of_user(c) || c == '.'; });
}

/// Length of a name with or without dots and user; 0 if there is none.
std::size_t host_length(std::string_view text) noexcept {
  const auto user = user_length(text, true);
  const auto host = plain_host_length(text.substr(user));
  return host > 0 ? user + host : plain_host_length(text);
}

std::size_t plain_ipv4_length(std::string_view text) noexcept {
  std::size_t length = 0;
  for (int part = 0; part != 4; ++part) {
    if (part > 0) {
      if (length == text.size() || text[length] != '.') return 0;
      ++length;
    }
    const auto digits = std::min<std::size_t>(count_while(text.substr(length), digit), 3);
    if (digits == 0) return 0;
    length += digits;
  }
  return length;
}

std::size_t ipv4_length(std::string_view text) noexcept {
  const auto user = user_length(text, false);
  const auto address = plain_ipv4_length(text.substr(user));
  return address > 0 ? user + address : plain_ipv4_length(text);
}

std::size_t relative_length(std::string_view text) noexcept {
  if (text.size() < 2 || text[0] != '+') return 0;
  if (text[1] == 'n') {
    const auto digits = count_while(text.substr(2), digit);
    return digits > 0 ? 2 + digits : 0;
  }
  if (text[1] != 'e' && text[1] != 'E') return 0;
  const auto digits = text.size() > 2 && text[2] == ':' ? count_while(text.substr(3), digit) : 0;
  return digits > 0 ? 3 + digits : 2;
}

constexpr std::array<std::pair<std::string_view, host_token>, 28> keywords{{
    {"slots", host_token::slots},
    {"count", host_token::slots},
    {"cpu", host_token::slots},
    {"max_slots", host_token::max_slots},
    {"max-slots", host_token::max_slots},
    {"slots_max", host_token::max_slots},
    {"slots-max", host_token::max_slots},
    {"cpu-max", host_token::max_slots},
    {"cpu_max", host_token::max_slots},
    {"max-cpu", host_token::max_slots},
    {"max_cpu", host_token::max_slots},
    {"count-max", host_token::max_slots},
    {"count_max", host_token::max_slots},
    {"max-count", host_token::max_slots},
    {"max_count", host_token::max_slots},
    {"username", host_token::user},
    {"user-name", host_token::user},
    {"user_name", host_token::user},
    {"port", host_token::port},
    {"rank", host_token::rank},
    {"slot", host_token::unsupported},
    {"boards", host_token::unsupported},
    {"sockets", host_token::unsupported},
    {"sockets_per_board", host_token::unsupported},
    {"sockets-per-board", host_token::unsupported},
    {"cores", host_token::unsupported},
    {"cores_per_socket", host_token::unsupported},
    {"cores-per-socket", host_token::unsupported},
}};

/// The longest of those that match counts; among equally long ones the first in this order.
host_token classify(std::string_view word, std::size_t address, std::size_t host) noexcept {
  if (word.size() >= std::max(address, host)) {
    const auto* const known =
        std::find_if(keywords.begin(), keywords.end(), [word](const auto& each) { return each.first == word; });
    if (known != keywords.end() && !word.empty()) return known->second;
    return count_while(word, digit) == word.size() ? host_token::integer : host_token::word;
  }
  return address >= host ? host_token::ipv4 : host_token::host;
}

}  // namespace

host_token host_tokens::take(std::size_t length, host_token kind) noexcept {
  text_ = rest_.substr(0, length);
  rest_.remove_prefix(length);
  return kind;
}

void host_tokens::count_lines() noexcept {
  line_ += std::exchange(lines_ended_, 0);
}

host_token host_tokens::comment() {
  const auto line_end = rest_.find('\n');
  const auto close = rest_.find("*/");
  if (close != std::string_view::npos && close < line_end) {
    in_comment_ = false;
    return take(close + 2, host_token::newline);
  }
  if (line_end == std::string_view::npos) return take(rest_.size(), host_token::end);
  lines_ended_ = 1;
  return take(line_end + 1, host_token::newline);
}

host_token host_tokens::next() {
  count_lines();
  if (in_comment_) return comment();
  rest_.remove_prefix(count_while(rest_, blank));
  if (rest_.empty()) return take(0, host_token::end);
  if (rest_.front() == '\n') {
    lines_ended_ = 1;
    return take(1, host_token::newline);
  }
  if (rest_.front() == '#' || rest_.substr(0, 2) == "//") {
    const auto line_end = rest_.find('\n');
    if (line_end == std::string_view::npos) return take(1, host_token::invalid);
    lines_ended_ = 1;
    return take(line_end + 1, host_token::newline);
  }
  if (rest_.substr(0, 2) == "/*") {
    in_comment_ = true;
    comment_line_ = line_;
    return take(2, host_token::newline);
  }
  if (rest_.front() == '"') {
    const auto close = rest_.find('"', 1);
    if (close == std::string_view::npos) return take(1, host_token::invalid);
    lines_ended_ =
        static_cast<unsigned>(std::count(rest_.begin(), rest_.begin() + static_cast<std::ptrdiff_t>(close), '\n'));
    return take(close + 1, host_token::quoted);
  }
  if (rest_.front() == '=') return take(1, host_token::equal);
  if (const auto length = relative_length(rest_); length > 0) return take(length, host_token::relative);

  const auto word = count_while(rest_, of_word);
  const auto address = ipv4_length(rest_);
  const auto host = host_length(rest_);
  const auto length = std::max({word, address, host});
  if (length == 0) return take(1, host_token::invalid);
  return take(length, classify(rest_.substr(0, word), address, host));
}

void host_tokens::skip_line() {
  if (lines_ended_ > 0) return;
  if (in_comment_) return;
  const auto line_end = rest_.find('\n');
  if (line_end == std::string_view::npos) {
    rest_ = {};
    return;
  }
  rest_.remove_prefix(line_end + 1);
  lines_ended_ = 1;
}

}  // namespace cohort::cluster::detail
