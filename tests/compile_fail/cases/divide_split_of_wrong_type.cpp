#include <cohort/pattern.hpp>

#include <string>
#include <vector>
void use(const cohort::communicator& world) {
  (void)cohort::divide_and_conquer(
      world, std::string{"abc"}, [](const std::string& s) { return s.size() > 1; },
      [](const std::string& s) { return std::vector<std::size_t>{s.size()}; },
      [](const std::string& s) { return s.size(); }, [](const std::vector<std::size_t>& all) { return all[0]; });
}
// EXPECT: cohort: divide_and_conquer's split returns a range of problems of the type that it is given
