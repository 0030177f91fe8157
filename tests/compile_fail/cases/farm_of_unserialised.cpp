#include <cohort/pattern/farm.hpp>

#include <vector>

class account {
 public:
  account() = default;
  ~account() { delete balance_; }

 private:
  int* balance_ = nullptr;
};

void use(const cohort::communicator& world) {
  cohort::farm audit{world, [](const account&) { return 1; }};
  (void)audit.map(std::vector<account>(3));
}
// EXPECT: cohort: this class cannot be sent .nothing says what it consists of.; give it a member template
// EXPECT: can_be_sent.. .with T = account
