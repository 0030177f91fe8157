#include "info/collect.hpp"
#include "info/program.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <ifaddrs.h>
#include <map>
#include <memory>
#include <netdb.h>
#include <netinet/in.h>
#include <sstream>
#include <sys/socket.h>
#include <thread>

namespace cohort_info {
namespace {

using cohort::cluster::host;

/// The addresses of a name, in binary; the reason if there are none.
struct addresses {
  std::vector<std::string> found;
  std::string reason;
};

std::string bytes_of(const sockaddr* address) {
  if (address != nullptr && address->sa_family == AF_INET) {
    return {reinterpret_cast<const char*>(&reinterpret_cast<const sockaddr_in*>(address)->sin_addr),
            sizeof(in_addr)};
  }
  if (address != nullptr && address->sa_family == AF_INET6) {
    return {reinterpret_cast<const char*>(&reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr),
            sizeof(in6_addr)};
  }
  return {};
}

addresses look_up(const std::string& name) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  if (const int failed = ::getaddrinfo(name.c_str(), nullptr, &hints, &list); failed != 0) {
    return {{}, ::gai_strerror(failed)};
  }
  addresses result;
  for (const auto* each = list; each != nullptr; each = each->ai_next)
    result.found.push_back(bytes_of(each->ai_addr));
  ::freeaddrinfo(list);
  return result;
}

/// Work on each element, in threads: a host that does not answer must not hold up the next; but not a thousand at a
/// time either.
template <class Range, class Work>
void for_all(Range& elements, const Work& work) {
  constexpr std::size_t at_a_time = 32;
  auto next = elements.begin();
  while (next != elements.end()) {
    std::vector<std::thread> threads;
    for (; next != elements.end() && threads.size() != at_a_time; ++next) {
      threads.emplace_back([&work, &each = *next] { work(each); });
    }
    for (auto& each : threads) each.join();
  }
}

using address_book = std::map<std::string, addresses>;

/// Of all hosts' names, as mpirun shortens them and as they are written. A name server that is not there costs
/// seconds for each.
address_book look_up_all(const std::vector<host>& hosts) {
  address_book all;
  for (const auto& each : hosts) {
    all.try_emplace(each.name);
    all.try_emplace(each.full_name);
  }
  for_all(all, [](address_book::value_type& each) { each.second = look_up(each.first); });
  return all;
}

/// Whether a name is one of this machine's, as mpirun finds out: by the addresses of its interfaces.
bool is_this_host(const std::string& name, const std::string& own_name, const address_book& known) {
  if (name == "localhost" || name == own_name) return true;
  const auto at = known.find(name);
  const auto theirs = at == known.end() ? look_up(name) : at->second;
  ifaddrs* list = nullptr;
  if (theirs.found.empty() || ::getifaddrs(&list) != 0) return false;
  bool found = false;
  for (const auto* each = list; each != nullptr; each = each->ifa_next) {
    const auto ours = bytes_of(each->ifa_addr);
    found =
        found || (!ours.empty() && std::find(theirs.found.begin(), theirs.found.end(), ours) != theirs.found.end());
  }
  ::freeifaddrs(list);
  return found;
}

std::string quoted(const std::string& word) {
  std::string result = "'";
  for (const char c : word) {
    if (c == '\'') {
      result += "'\\''";
    } else {
      result += c;
    }
  }
  return result + "'";
}

/// Marked, since shells print what they like when they start.
constexpr std::string_view cores_mark = "cohort-info cores ";
constexpr std::string_view orted_mark = "cohort-info orted ";
constexpr std::string_view mpi_mark = "cohort-info mpi ";

void read_answer(host_facts& of, const std::string& output) {
  std::istringstream in{output};
  for (std::string line; std::getline(in, line);) {
    const auto after = [&line](std::string_view mark) { return line.substr(mark.size()); };
    if (line.rfind(cores_mark, 0) == 0) {
      const auto text = after(cores_mark);
      std::from_chars(text.data(), text.data() + text.size(), of.cores);
    } else if (line.rfind(orted_mark, 0) == 0) {
      of.orted = !after(orted_mark).empty();
    } else if (line.rfind(mpi_mark, 0) == 0) {
      const auto at = line.find("(Open MPI) ");
      if (at != std::string::npos) of.mpi = "Open MPI " + line.substr(at + 11);
    }
  }
}

void ask(host_facts& of, const options& how, const address_book& known) {
  const auto& h = of.host;
  const auto& names = known.at(h.name);
  of.known = !names.found.empty();
  if (!*of.known) {
    of.complaint = names.reason;
    of.full_known = h.full_name != h.name && !known.at(h.full_name).found.empty();
  }
  // ssh may know a name that nobody else does, by its own configuration.
  if (how.quick || (!*of.known && how.ssh == "ssh")) return;
  auto command = fmt::format("exec {} -o BatchMode=yes -o ConnectTimeout={} ", how.ssh, how.timeout);
  if (h.port) command += fmt::format("-p {} ", *h.port);
  if (!h.user.empty()) command += fmt::format("-l {} ", quoted(h.user));
  command +=
      quoted(h.name) + " " +
      quoted(fmt::format("echo \"{}$(nproc)\"; echo \"{}$(command -v orted)\"; echo \"{}$(mpirun --version | head "
                         "-n 1)\"",
                         cores_mark, orted_mark, mpi_mark));
  const auto answer = run_program(command, std::chrono::seconds{how.timeout + 2});
  of.reached = answer.output.find(cores_mark) != std::string::npos;
  if (*of.reached) {
    of.known = true;
    read_answer(of, answer.output);
  } else {
    of.complaint =
        answer.timed_out ? fmt::format("no answer in {} seconds", how.timeout + 2) : first_words(answer.output);
    if (of.complaint.empty()) of.complaint = fmt::format("ssh ended with status {}", answer.status);
    if (!*of.known) of.known.reset();  // what does not resolve here may be in the configuration of that ssh
  }
}

}  // namespace

hostfile_facts collect_hostfile(const options& how, const facts& of) {
  hostfile_facts result;
  result.name = how.hostfile;
  std::string text;
  try {
    text = cohort::cluster::read_hostfile_text(how.hostfile);
  } catch (const cohort::error& e) {
    result.unreadable = e.what();
    return result;
  }
  const auto own = of.host.substr(0, of.host.find('.'));
  const auto known = look_up_all(cohort::cluster::check_hostfile(text).hosts.hosts);
  const cohort::cluster::local_names here{[&](const std::string& name) { return is_this_host(name, own, known); },
                                          own};
  result.reading = cohort::cluster::check_hostfile(text, here);
  for (const auto& each : result.reading.hosts.hosts) {
    host_facts facts_of;
    facts_of.host = each;
    facts_of.here = each.name == own;
    if (facts_of.here) {
      facts_of.known = true;
      facts_of.cores = of.cores.physical > 0 ? of.cores.physical : of.cores.usable();
    }
    result.hosts.push_back(facts_of);
  }
  for_all(result.hosts, [&](host_facts& each) {
    if (!each.here) ask(each, how, known);
  });
  return result;
}

}  // namespace cohort_info
