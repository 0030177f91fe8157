#pragma once

#include <fstream>
#include <string>

namespace cohort::test {

/// Mappings of shared data that this process has.
inline int mapped() {
  std::ifstream maps{"/proc/self/maps"};
  int count = 0;
  for (std::string line; std::getline(maps, line);)
    count += line.find("/cohort-data-") != std::string::npos ? 1 : 0;
  return count;
}

}  // namespace cohort::test
