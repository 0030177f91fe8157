// Prints what a hostfile is read as: NAME SLOTS MAX for each host, or "refused".

#include <cohort/cluster/hostfile.hpp>

#include <fmt/format.h>

#include <cstdio>
#include <unistd.h>

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  char own[256] = "";
  (void)::gethostname(own, sizeof own - 1);
  const std::string name = own;
  const cohort::cluster::local_names here{
      [&name](const std::string& each) { return each == "localhost" || each == "127.0.0.1" || each == name; },
      name};
  const auto reading = cohort::cluster::check_hostfile(cohort::cluster::read_hostfile_text(argv[1]), here);
  for (const auto& each : reading.findings) {
    if (!each.error) continue;
    std::puts("refused");
    return 0;
  }
  for (const auto& each : reading.hosts.hosts) {
    std::puts(fmt::format("{} {} {}", each.name, each.slots.value_or(1), each.max_slots.value_or(0)).c_str());
  }
}
