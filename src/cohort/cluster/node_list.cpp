#include <cohort/cluster/detail/number.hpp>
#include <cohort/cluster/node_list.hpp>
#include <cohort/core/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>

namespace cohort::cluster {
namespace {

argument_error wrong(std::string_view list, std::string_view why) {
  constexpr std::size_t shown = 200;
  return argument_error{
      fmt::format("'{}'{} is not a list of nodes ({}); write it as Slurm does: node[01-03,7],gpu1",
                  list.substr(0, shown), list.size() > shown ? "..." : "", why)};
}

constexpr std::size_t longest_name = 255;

/// What a pair of brackets holds.
struct range {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::size_t width = 0;  ///< of the first: what is shorter gets zeros in front
};

range read_range(std::string_view text, std::string_view list) {
  const auto dash = text.find('-');
  const auto from = text.substr(0, dash);
  const auto first = detail::to_number<std::uint64_t>(from);
  const auto last =
      dash == std::string_view::npos ? first : detail::to_number<std::uint64_t>(text.substr(dash + 1));
  if (!first || !last) throw wrong(list, fmt::format("'{}' in brackets is no number and no range", text));
  if (*last < *first) throw wrong(list, fmt::format("the range {} runs backwards", text));
  return {*first, *last, from.size()};
}

/// One entry of the list: text with brackets in it. `names` so far are those that it stands for up to here.
std::vector<std::string> expand_entry(std::string_view entry, std::string_view list, std::size_t room) {
  std::vector<std::string> names{""};
  while (!entry.empty()) {
    const auto open = entry.find_first_of("[]");
    for (auto& name : names) name.append(entry.substr(0, open));
    if (names.front().size() > longest_name) throw wrong(list, "a name is longer than a host's can be");
    if (open == std::string_view::npos) break;
    if (entry[open] == ']') throw wrong(list, "a bracket is closed that is not open");
    const auto close = entry.find(']', open);
    if (close == std::string_view::npos) throw wrong(list, "a bracket is not closed");
    auto inside = entry.substr(open + 1, close - open - 1);
    entry.remove_prefix(close + 1);
    if (inside.empty() || inside.back() == ',') throw wrong(list, "something is missing in brackets");
    std::vector<range> ranges;
    std::uint64_t numbers = 0;
    while (!inside.empty()) {
      ranges.push_back(read_range(detail::take_until(inside, ','), list));
      const auto more = ranges.back().last - ranges.back().first;
      if (more >= most_nodes || (numbers += more + 1) > room / names.size()) {
        throw wrong(list, fmt::format("it stands for more than {} nodes", most_nodes));
      }
    }
    std::vector<std::string> longer;
    longer.reserve(names.size() * numbers);
    for (const auto& name : names) {
      for (const auto& each : ranges) {
        for (auto n = each.first;; ++n) {
          longer.push_back(fmt::format("{}{:0{}}", name, n, each.width));
          if (n == each.last) break;
        }
      }
    }
    names = std::move(longer);
  }
  return names;
}

/// A name cut at its last number: what is before, the number, what is after.
struct numbered {
  std::string_view before;
  std::string_view digits;
  std::string_view after;
};

bool digit(char c) {
  return c >= '0' && c <= '9';
}

std::optional<numbered> cut(std::string_view name) {
  const auto last = std::find_if(name.rbegin(), name.rend(), digit);
  if (last == name.rend()) return std::nullopt;
  const auto end = static_cast<std::size_t>(name.rend() - last);
  auto begin = end;
  // A number of more digits would not fit: the rest belongs to what is before.
  while (begin > 0 && digit(name[begin - 1]) && end - begin < 18) --begin;
  return numbered{name.substr(0, begin), name.substr(begin, end - begin), name.substr(end)};
}

/// Names with the same text around their numbers, one after the other.
class run {
 public:
  explicit run(const numbered& first) : around_{first} { begin(first.digits); }

  bool take(const numbered& next) {
    if (next.before != around_.before || next.after != around_.after) return false;
    auto& at = ranges_.back();
    if (next.digits == fmt::format("{:0{}}", at.last + 1, at.width)) {
      ++at.last;
    } else {
      begin(next.digits);
    }
    return true;
  }

  [[nodiscard]] std::string text() const {
    if (ranges_.size() == 1 && ranges_[0].first == ranges_[0].last) {
      return fmt::format("{}{}{}", around_.before, around_.digits, around_.after);
    }
    std::string inside;
    for (const auto& each : ranges_) {
      if (!inside.empty()) inside += ',';
      inside += fmt::format("{:0{}}", each.first, each.width);
      if (each.last != each.first) inside += fmt::format("-{:0{}}", each.last, each.width);
    }
    return fmt::format("{}[{}]{}", around_.before, inside, around_.after);
  }

 private:
  void begin(std::string_view digits) {
    const auto value = detail::to_number<std::uint64_t>(digits).value_or(0);
    ranges_.push_back({value, value, digits.size()});
  }

  numbered around_;
  std::vector<range> ranges_;
};

}  // namespace

std::vector<std::string> expand_node_list(std::string_view list) {
  std::vector<std::string> names;
  auto rest = detail::trimmed(list);
  if (!rest.empty() && rest.back() == ',') throw wrong(list, "it ends in a comma");
  while (!rest.empty()) {
    std::size_t end = 0;  // of this entry: the next comma outside brackets
    for (bool inside = false; end != rest.size() && (inside || rest[end] != ','); ++end) {
      if (rest[end] == '[') inside = true;
      if (rest[end] == ']') inside = false;
    }
    if (end == 0) throw wrong(list, "a name is missing");
    auto more = expand_entry(rest.substr(0, end), list, most_nodes - names.size());
    if (names.size() + more.size() > most_nodes) {
      throw wrong(list, fmt::format("it stands for more than {} nodes", most_nodes));
    }
    std::move(more.begin(), more.end(), std::back_inserter(names));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return names;
}

std::string compress_node_list(std::span<const std::string> names) {
  std::string list;
  std::optional<run> current;
  const auto add = [&list](const std::string& text) {
    if (!list.empty()) list += ',';
    list += text;
  };
  const auto close = [&] {
    if (current) add(current->text());
    current.reset();
  };
  for (const auto& name : names) {
    if (name.empty() || name.find_first_of("[],") != std::string::npos) {
      throw argument_error{fmt::format(
          "'{}' is not a node's name (a list of nodes cannot hold it); leave out brackets and commas", name)};
    }
    const auto parts = cut(name);
    if (parts && current && current->take(*parts)) continue;
    close();
    if (parts) {
      current.emplace(*parts);
    } else {
      add(name);
    }
  }
  close();
  return list;
}

std::vector<unsigned> expand_counts(std::string_view list) {
  const auto bad = [list](std::string_view why) {
    return argument_error{fmt::format(
        "'{}' is not a list of counts ({}); Slurm writes 2(x3),1 for three nodes with two and one with one",
        list.substr(0, 200), why)};
  };
  std::vector<unsigned> counts;
  auto rest = detail::trimmed(list);
  if (!rest.empty() && rest.back() == ',') throw bad("it ends in a comma");
  while (!rest.empty()) {
    const auto entry = detail::take_until(rest, ',');
    const auto open = entry.find('(');
    const auto value = detail::to_number<unsigned>(entry.substr(0, open));
    std::optional<std::size_t> times{1};
    if (open != std::string_view::npos) {
      const auto repeat = entry.substr(open);
      times = repeat.size() > 3 && repeat.substr(0, 2) == "(x" && repeat.back() == ')'
                  ? detail::to_number<std::size_t>(repeat.substr(2, repeat.size() - 3))
                  : std::nullopt;
    }
    if (!value || !times) throw bad(fmt::format("'{}' is not a count", entry));
    if (*times > most_nodes - counts.size()) throw bad(fmt::format("it is for more than {} nodes", most_nodes));
    counts.insert(counts.end(), *times, *value);
  }
  return counts;
}

}  // namespace cohort::cluster
