#include <cohort/p2p.hpp>

class account {
 public:
  account() = default;
  ~account() { delete balance_; }

 private:
  int* balance_ = nullptr;
};

void use(const cohort::communicator& world) {
  (void)world.recv<account>({.source = 0});
}
// EXPECT: cohort: this class cannot be sent .nothing says what it consists of.; give it a member template
// EXPECT: can_be_sent.. .with T = account
