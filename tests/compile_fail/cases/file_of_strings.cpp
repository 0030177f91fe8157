#include <cohort/memory.hpp>

#include <string>
#include <vector>

void use(const cohort::file& out, const std::vector<std::string>& words) {
  out.write_at(0, words);
}
// EXPECT: cohort: files hold plain elements; pack other objects by serial::pack and write the bytes
