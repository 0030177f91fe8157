#include <cohort/cluster/detail/hostfile_reader.hpp>
#include <cohort/cluster/detail/number.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace cohort::cluster::detail {
namespace {

/// A text of a file as it may be shown: short, and without control characters.
std::string shown(std::string_view text) {
  constexpr std::size_t most = 60;
  std::string result;
  for (const char c : text.substr(0, most)) {
    const auto byte = static_cast<unsigned char>(c);
    result += byte < 0x20 || byte == 0x7f ? fmt::format("\\x{:02x}", byte) : std::string(1, c);
  }
  return text.size() > most ? result + "..." : result;
}

bool is_address(std::string_view name) {
  return name.find(':') != std::string_view::npos ||
         name.find_first_not_of("0123456789.") == std::string_view::npos;
}

bool is_host(host_token kind) {
  return kind == host_token::word || kind == host_token::host || kind == host_token::ipv4 ||
         kind == host_token::integer;
}

struct login {
  std::string user;
  std::string name;
};

/// user@name; empty parts do not count, as in Open MPI. No name: there are more than two parts, or none.
login split_login(std::string_view text) {
  login result;
  int parts = 0;
  while (!text.empty()) {
    const auto part = take_until(text, '@');
    if (part.empty()) continue;
    if (++parts > 2) return {};
    result.user = std::exchange(result.name, std::string{part});
  }
  return result;
}

}  // namespace

std::string short_name(const std::string& name) {
  return is_address(name) ? name : name.substr(0, name.find('.'));
}

void hostfile_reader::remark(std::string text) {
  result_.findings.push_back({tokens_.line(), false, std::move(text)});
}

void hostfile_reader::fail_at_token(host_token kind) const {
  const auto text = shown(tokens_.text());
  if (kind == host_token::invalid && tokens_.text() == "\r") {
    throw bad_line{
        "the line ends as on Windows (a carriage return is no part of a hostfile); convert the file with dos2unix, "
        "or "
        "sed -i 's/\\r$//'"};
  }
  if (kind == host_token::invalid && (text == "#" || text == "/")) {
    throw bad_line{fmt::format(
        "'{}' is not the beginning of a comment here (a comment is # or // with a line end behind it, or within /* "
        "and */); end the file with a line end, or take it away",
        text)};
  }
  if (kind == host_token::invalid && (text == "[" || text == "]")) {
    throw bad_line{
        fmt::format("'{}' does not belong into a hostfile (lists such as node[1-4] and [fe80::1] are not "
                    "understood); give each "
                    "host a line of its own, and addresses without brackets",
                    text)};
  }
  if (kind == host_token::invalid && text == "^") {
    throw bad_line{
        "hosts cannot be excluded by ^ (Open MPI 4.1 does not understand it in a hostfile); leave the host out"};
  }
  if (kind == host_token::quoted) {
    throw bad_line{fmt::format("{} is in quotes (nothing in a hostfile may be); write it without", text)};
  }
  if (kind == host_token::unsupported) {
    throw bad_line{fmt::format(
        "{} is not understood (Open MPI 4.1 has slots, max_slots, username and port); leave it out", text)};
  }
  if (kind == host_token::equal) {
    throw bad_line{"'=' follows what is not the name of an option (such as slots); write, for instance, slots=8"};
  }
  if (kind == host_token::invalid) {
    throw bad_line{
        fmt::format("'{}' does not belong into a hostfile (names have letters, digits, - and dots); take "
                    "it away",
                    text)};
  }
  throw bad_line{
      fmt::format("'{}' is where an option should be (each host has a line of its own); write NAME "
                  "slots=NUMBER in each line",
                  text)};
}

host& hostfile_reader::find_or_add(const std::string& written, const std::string& user) {
  auto name = short_name(written);
  if (here_.is_this_host && here_.is_this_host(name)) name = here_.this_host;
  auto& hosts = result_.hosts.hosts;
  const auto [at, fresh] = places_.emplace(name, hosts.size());
  if (fresh) return hosts.emplace_back(host{name, written, user, {}, {}, {}, tokens_.line()});
  auto* const known = &hosts[at->second];
  if (!user.empty() && user != known->user) {
    remark(
        fmt::format("the user {} is without effect (for {} counts what its first line, {}, says); write it there",
                    user, name, known->line));
  }
  // A further line is a further slot.
  known->slots = known->slots.value_or(1) + 1;
  return *known;
}

host& hostfile_reader::read_host(host_token first) {
  auto text = std::string{tokens_.text()};
  if (first == host_token::integer) {
    // Open MPI reads a number here, and writes it out again.
    text = std::to_string(to_number<int>(text).value_or(-1));
    if (text == "-1")
      throw bad_line{
          fmt::format("{} is no host's name (a number so large is none); write its name", shown(tokens_.text()))};
  }
  const auto to = split_login(text);
  if (to.name.empty()) {
    throw bad_line{
        fmt::format("'{}' is not one user and one host (mpirun 4.1 crashes on it); write user@host", shown(text))};
  }
  if (to.name.find_first_of(",*") != std::string::npos || std::count(to.name.begin(), to.name.end(), ':') == 1) {
    const auto end = to.name.find_first_of(",*:");
    remark(fmt::format(
        "'{}' is taken for the name of one host (a hostfile has a line for each); write {} slots=NUMBER",
        shown(to.name), shown(to.name.substr(0, end))));
  }
  return find_or_add(to.name, to.user);
}

int hostfile_reader::read_number(std::string_view name) {
  const auto why = [&](std::string_view what) {
    return bad_line{fmt::format("{} ({}); write {}={}", what, "a number is needed", name, name == "port" ? 22 : 8)};
  };
  if (tokens_.next() != host_token::equal) throw why(fmt::format("{} has no value", name));
  const auto kind = tokens_.next();
  if (kind == host_token::newline || kind == host_token::end) throw why(fmt::format("{}= has no value", name));
  if (kind != host_token::integer) throw why(fmt::format("{}={}", name, shown(tokens_.text())));
  const auto value = to_number<int>(tokens_.text());
  if (!value) {
    throw bad_line{fmt::format("{}={} is too large (mpirun takes it for another number); it is at most {}", name,
                               shown(tokens_.text()), std::numeric_limits<int>::max())};
  }
  return *value;
}

void hostfile_reader::read_slots(host& of) {
  const auto name = std::string{tokens_.text()};
  const auto value = read_number(name);
  if (of.slots) {
    throw bad_line{
        fmt::format("the slots of {} are given twice (mpirun refuses that); write one line for it, with all "
                    "its slots",
                    of.name)};
  }
  of.slots = value;
  if (of.max_slots && *of.max_slots < value) {
    remark(
        fmt::format("max_slots={} is without effect (it is less than slots={}); raise it", *of.max_slots, value));
    of.max_slots = value;
  }
}

void hostfile_reader::read_max_slots(host& of) {
  const auto name = std::string{tokens_.text()};
  const auto value = read_number(name);
  if (value < of.slots.value_or(1)) {
    throw bad_line{
        fmt::format("{}={} is less than the slots of {}, {} (mpirun refuses that); raise it, or leave it out", name,
                    value, of.name, of.slots.value_or(1))};
  }
  if (of.max_slots != value) max_in_line_ = value;
  of.max_slots = value;
}

void hostfile_reader::read_user(host& of) {
  const auto option = std::string{tokens_.text()};
  if (tokens_.next() != host_token::equal) {
    throw bad_line{fmt::format("{} has no value (a user is needed); write {}=USER", option, option)};
  }
  const auto kind = tokens_.next();
  if (kind == host_token::word) {
    of.user = std::string{tokens_.text()};
  } else if (kind == host_token::newline || kind == host_token::end) {
    throw bad_line{fmt::format("{}= has no value (a user is needed); write {}=USER", option, option)};
  } else {
    remark(fmt::format("{}={} is without effect (mpirun takes only letters, digits, - and _ there); write USER@{}",
                       option, shown(tokens_.text()), of.name));
  }
}

void hostfile_reader::read_options(host& of, bool may_run) {
  max_in_line_.reset();
  std::optional<std::string> ignored;  // a word; an error if it turns out to be an option's name
  for (;;) {
    const auto kind = tokens_.next();
    if (ignored && kind == host_token::equal) {
      throw bad_line{
          fmt::format("{}= is not understood (the options are slots, max_slots, username and port, in small "
                      "letters); write, for "
                      "instance, slots=8",
                      *ignored)};
    }
    if (ignored) {
      const auto meant = may_run && to_number<int>(*ignored) ? fmt::format("slots={}", *ignored)
                                                             : "each host in a line of its own";
      remark(fmt::format("'{}' is without effect (mpirun ignores words behind a host's name); write {}", *ignored,
                         meant));
      ignored.reset();
    }
    switch (kind) {
      case host_token::end:
      case host_token::newline:
        if (max_in_line_ && !of.slots) of.slots = max_in_line_;
        return;
      case host_token::slots:
        read_slots(of);
        break;
      case host_token::max_slots:
        read_max_slots(of);
        break;
      case host_token::user:
        read_user(of);
        break;
      case host_token::port:
        of.port = read_number("port");
        break;
      case host_token::word:
      case host_token::integer:
        ignored = shown(tokens_.text());
        break;
      default:
        fail_at_token(kind);
    }
  }
}

void hostfile_reader::read_rank() {
  auto kind = tokens_.next();
  while (kind != host_token::equal) {
    if (kind == host_token::newline || kind == host_token::end) {
      throw bad_line{"rank names no host (a line of a rankfile does); write rank 0=HOST slot=0, or HOST alone"};
    }
    kind = tokens_.next();
  }
  kind = tokens_.next();
  if (!is_host(kind)) {
    if (kind == host_token::newline || kind == host_token::end) {
      throw bad_line{"rank names no host (a line of a rankfile does); write rank 0=HOST slot=0, or HOST alone"};
    }
    fail_at_token(kind);
  }
  auto& known = read_host(kind);
  known.slots = known.slots.value_or(1);
  while (kind != host_token::newline && kind != host_token::end) kind = tokens_.next();
}

void hostfile_reader::read_line(host_token first) {
  if (first == host_token::relative) {
    result_.hosts.relative.emplace_back(tokens_.text());
    host nobody;
    nobody.slots.reset();
    nobody.name = result_.hosts.relative.back();
    read_options(nobody, false);
    if (nobody.slots || nobody.max_slots || nobody.port || !nobody.user.empty()) {
      result_.findings.push_back(
          {tokens_.line(), false,
           fmt::format("the options of {} are without effect (it is a host of the allocation, "
                       "with the slots that it has there); leave them out",
                       nobody.name)});
    }
  } else if (first == host_token::rank) {
    read_rank();
  } else if (is_host(first)) {
    read_options(read_host(first), true);
  } else if (first == host_token::slots || first == host_token::max_slots || first == host_token::user ||
             first == host_token::port) {
    throw bad_line{
        fmt::format("the line has no host (it begins with {}, the name of an option); write the host's name "
                    "in front",
                    tokens_.text())};
  } else {
    fail_at_token(first);
  }
}

hostfile_reading hostfile_reader::read() {
  for (;;) {
    const auto kind = tokens_.next();
    if (kind == host_token::end) break;
    if (kind == host_token::newline) continue;
    const auto line = tokens_.line();
    try {
      read_line(kind);
    } catch (const bad_line& why) {
      result_.findings.push_back({line, true, why.text});
      tokens_.skip_line();
    }
  }
  if (const auto line = tokens_.open_comment(); line > 0) {
    result_.findings.push_back(
        {line, false, "a comment begins that nothing ends (all that follows is a part of it); end it by */"});
  }
  return std::move(result_);
}

}  // namespace cohort::cluster::detail
