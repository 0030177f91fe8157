// Hostfiles, and the lists of hosts and nodes that mpirun and Slurm take.

#include <cohort/cluster/hostfile.hpp>
#include <cohort/cluster/node_list.hpp>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

void hostfile(std::string_view text) {
  const auto reading = cohort::cluster::check_hostfile(text);
  for (const auto& each : reading.findings) require(each.line > 0 && !each.text.empty());
  for (const auto& each : reading.hosts.hosts) require(!each.name.empty() && each.line > 0);
  std::string again;
  try {
    again = to_text(reading.hosts);
  } catch (const cohort::argument_error&) {
    return;
  }
  auto back = cohort::cluster::check_hostfile(again).hosts;
  require(back.hosts.size() == reading.hosts.hosts.size());
  for (std::size_t i = 0; i != back.hosts.size(); ++i) back.hosts[i].line = reading.hosts.hosts[i].line;
  require(back == reading.hosts);
}

void lists(std::string_view text) {
  try {
    for (const auto& each : cohort::cluster::parse_host_list(text).hosts) require(!each.name.empty());
  } catch (const cohort::argument_error&) {
  }
  try {
    require(cohort::cluster::expand_counts(text).size() <= cohort::cluster::most_nodes);
  } catch (const cohort::argument_error&) {
  }
  try {
    const auto names = cohort::cluster::expand_node_list(text);
    require(names.size() <= cohort::cluster::most_nodes);
    require(cohort::cluster::expand_node_list(cohort::cluster::compress_node_list(names)) == names);
  } catch (const cohort::argument_error&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  hostfile(text);
  lists(text);
  return 0;
}
