// EXPECT: cohort: this function cannot travel to another rank .it holds something that is neither trivially
#include <cohort/pattern/executor.hpp>

#include <string>

void misuse(cohort::executor& pool, const std::string& name) {
  pool.submit([name] { return name.size(); });
}
