#include <cohort/pattern.hpp>

#include <string>
#include <vector>

void use(cohort::executor& pool, const std::vector<std::string>& words) {
  static_cast<void>(pool.share(words));
}
// EXPECT: cohort: shared data are plain elements.*share text as one array of characters
