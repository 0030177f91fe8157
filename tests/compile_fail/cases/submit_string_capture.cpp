// EXPECT: cohort: this function cannot travel to another rank .it holds something that is neither trivially copyable nor serialisable.; pass it as an argument: submit.f, value., or wrap it: cohort::closure
#include <cohort/pattern/executor.hpp>

#include <string>

void misuse(cohort::executor& pool, const std::string& name) {
  pool.submit([name] { return name.size(); });
}
