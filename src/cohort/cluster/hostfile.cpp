#include <cohort/cluster/detail/hostfile_reader.hpp>
#include <cohort/cluster/detail/number.hpp>
#include <cohort/cluster/hostfile.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

namespace cohort::cluster {
namespace {

std::string reason() {
  return std::generic_category().message(errno != 0 ? errno : EIO);
}

std::string line_of(const host& of) {
  std::string line;
  const bool plain_user = !of.user.empty() && of.user.find_first_of(",:*@") == std::string::npos &&
                          of.user.front() != '_' && of.user.front() != '-';
  if (plain_user) line = of.user + "@";
  line += of.full_name;
  if (!of.user.empty() && !plain_user) line += " username=" + of.user;
  if (of.slots) line += fmt::format(" slots={}", *of.slots);
  if (of.max_slots) line += fmt::format(" max_slots={}", *of.max_slots);
  if (of.port) line += fmt::format(" port={}", *of.port);
  return line + "\n";
}

}  // namespace

hostfile_error::hostfile_error(const std::string& file, unsigned line, const std::string& text)
    : error{fmt::format("{}:{}: {}", file, line, text)}, file_{file}, line_{line} {}

hostfile_reading check_hostfile(std::string_view text, const local_names& here) {
  return detail::hostfile_reader{text, here}.read();
}

hostfile parse_hostfile(std::string_view text, const std::string& name, const local_names& here) {
  auto reading = check_hostfile(text, here);
  for (const auto& each : reading.findings) {
    if (each.error) throw hostfile_error{name, each.line, each.text};
  }
  return std::move(reading.hosts);
}

std::string read_hostfile_text(const std::string& path) {
  constexpr std::size_t most = std::size_t{16} << 20U;
  errno = 0;
  std::ifstream in{path, std::ios::binary};
  std::string text;
  while (in && text.size() <= most) {
    const auto had = text.size();
    text.resize(had + 65536);
    in.read(text.data() + had, 65536);
    text.resize(had + static_cast<std::size_t>(in.gcount()));
  }
  if (text.size() > most) {
    throw error{
        fmt::format("{} is no hostfile (it is longer than 16 MiB); name a file with a line for each host", path)};
  }
  if (!in.eof() || in.bad()) {
    throw error{fmt::format("the hostfile {} cannot be read ({}); check its name and permissions", path, reason())};
  }
  return text;
}

hostfile read_hostfile(const std::string& path, const local_names& here) {
  return parse_hostfile(read_hostfile_text(path), path, here);
}

std::string to_text(const hostfile& hosts) {
  std::string text;
  for (const auto& each : hosts.hosts) {
    const auto line = line_of(each);
    const auto back = check_hostfile(line);
    auto want = each;
    want.line = 1;
    if (!back.findings.empty() || back.hosts.hosts != std::vector{want} || !back.hosts.relative.empty()) {
      throw argument_error{fmt::format(
          "the host '{}' cannot be written to a hostfile (read back, '{}' is something else); check its "
          "name, user and numbers",
          each.name, line.substr(0, line.size() - 1))};
    }
    text += line;
  }
  for (const auto& each : hosts.relative) {
    const auto back = check_hostfile(each + "\n");
    if (!back.findings.empty() || back.hosts.relative != std::vector{each} || !back.hosts.hosts.empty()) {
      throw argument_error{
          fmt::format("'{}' is not a host of an allocation (these are written +n2, +e or +e:2); correct it", each)};
    }
    text += each + "\n";
  }
  return text;
}

void write_hostfile(const std::string& path, const hostfile& hosts) {
  const auto text = to_text(hosts);
  errno = 0;
  std::ofstream out{path, std::ios::binary | std::ios::trunc};
  out << text << std::flush;
  if (!out) throw error{fmt::format("the hostfile {} cannot be written ({}); check the directory", path, reason())};
}

hostfile parse_host_list(std::string_view list) {
  const auto bad = [](std::string_view entry, std::string_view why) {
    return argument_error{fmt::format(
        "'{}' in the list of hosts is wrong ({}); write, for instance, node1:4,node2:4", entry.substr(0, 60), why)};
  };
  if (list.empty() || list.back() == ',') throw bad(list, "a host is missing");
  hostfile result;
  while (!list.empty()) {
    auto entry = detail::take_until(list, ',');
    if (!entry.empty() && entry.front() == '+') {
      const auto back = check_hostfile(fmt::format("{}\n", entry));
      if (!back.findings.empty() || back.hosts.relative.size() != 1)
        throw bad(entry, "hosts of an allocation are +n2, +e or +e:2");
      result.relative.emplace_back(entry);
      continue;
    }
    const auto whole = entry;
    const auto name = detail::take_until(entry, ':');
    std::optional<int> slots{1};
    if (name.size() != whole.size()) {
      if (entry == "*" || entry == "auto") {
        slots.reset();
      } else if (slots = detail::to_number<int>(entry); !slots) {
        throw bad(whole, "after the colon comes a number, or * for all cores");
      }
    }
    // The name, and who logs in, by the rules of a hostfile; what adds up is counted here.
    const auto read = check_hostfile(fmt::format("{}\n", name));
    if (!read.findings.empty() || read.hosts.hosts.size() != 1) throw bad(whole, "that is no host's name");
    auto found = read.hosts.hosts.front();
    if ((found.user.empty() ? "" : found.user + "@") + found.full_name != name)
      throw bad(whole, "that is no host's name");
    found.line = 0;
    found.slots = slots;
    const auto known = std::find_if(result.hosts.begin(), result.hosts.end(),
                                    [&](const host& each) { return each.name == found.name; });
    if (known == result.hosts.end()) {
      result.hosts.push_back(std::move(found));
    } else {
      if (known->slots && slots) *slots += *known->slots;
      known->slots = slots;
    }
  }
  return result;
}

}  // namespace cohort::cluster
