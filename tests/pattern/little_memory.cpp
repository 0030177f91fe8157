#include "little_memory.hpp"

#include <fstream>
#include <optional>
#include <sstream>
#include <unistd.h>

namespace {

namespace fs = std::filesystem;

bool write(const fs::path& file, const std::string& text) {
  std::ofstream out{file};
  out << text << std::flush;
  return static_cast<bool>(out);
}

/// Where a hierarchy is mounted: version 2, or version 1 with the memory controller.
std::optional<fs::path> mounted(bool second) {
  std::ifstream mounts{"/proc/self/mounts"};
  for (std::string line; std::getline(mounts, line);) {
    std::istringstream words{line};
    std::string device;
    std::string place;
    std::string type;
    std::string options;
    words >> device >> place >> type >> options;
    if (second ? type == "cgroup2"
               : type == "cgroup" && ("," + options + ",").find(",memory,") != std::string::npos)
      return place;
  }
  return std::nullopt;
}

/// This process's group there: the rest of "0::/a/b", or of "4:memory:/a/b".
std::string own_group(bool second) {
  std::ifstream groups{"/proc/self/cgroup"};
  const std::string mark = second ? "0::/" : ":memory:/";
  for (std::string line; std::getline(groups, line);) {
    const auto at = line.find(mark);
    if (at != std::string::npos && (!second || at == 0)) return line.substr(at + mark.size());
  }
  return {};
}

}  // namespace

little_memory::little_memory(std::size_t bytes) {
  for (const bool second : {false, true}) {
    const auto root = mounted(second);
    if (!root) continue;
    auto above = *root / own_group(second);
    // In version 2 a group with processes has no groups with limits below it; beside it there may be one.
    if (second && above.has_relative_path()) above = above.parent_path();
    const auto group = above / ("cohort_little_memory_" + std::to_string(::getpid()));
    std::error_code failed;
    if (!fs::create_directory(group, failed) || failed) continue;
    group_ = group;
    const auto limit = std::to_string(bytes);
    static_cast<void>(write(group / (second ? "memory.swap.max" : "memory.swappiness"), "0"));
    if (write(group / (second ? "memory.max" : "memory.limit_in_bytes"), limit)) return;
    fs::remove(group, failed);
    group_.clear();
  }
}

little_memory::~little_memory() {
  if (group_.empty()) return;
  for (int tries = 0; tries != 100 && ::rmdir(group_.c_str()) != 0; ++tries) ::usleep(10'000);
}

bool little_memory::enter(const std::string& where) {
  return !where.empty() && write(fs::path{where} / "cgroup.procs", std::to_string(::getpid()));
}
