#include <cohort/pattern/executor.hpp>

struct numbered {
  explicit numbered(int n) : number{n} {}
  int number;
};

void use(cohort::executor& pool) {
  (void)pool.submit([](numbered x) { return x.number; }, numbered{1});
}
// EXPECT: cohort: a task, an argument or a result arrives in an object that is made before; give its class a
// default EXPECT: with T = numbered
