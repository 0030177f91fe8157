#include <cohort/pattern/executor.hpp>

class account {
 public:
  account() = default;
  ~account() { delete balance_; }

 private:
  int* balance_ = nullptr;
};

void use(cohort::executor& pool) {
  (void)pool.submit([] { return account{}; });
}
// EXPECT: cohort: this class cannot be sent .nothing says what it consists of.; give it a member template
// EXPECT: can_be_sent.. .with T = account
