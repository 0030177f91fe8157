#include <cohort/pattern/pipeline.hpp>

#include <vector>

class account {
 public:
  account() = default;
  ~account() { delete balance_; }

 private:
  int* balance_ = nullptr;
};

void use(const cohort::communicator& world) {
  cohort::pipeline(std::vector<int>(3)) | cohort::stage([](int) { return account{}; }) |
      cohort::sink([](const account&) {}) | cohort::run_on(world);
}
// EXPECT: cohort: this class cannot be sent .nothing says what it consists of.; give it a member template
// EXPECT: can_be_sent.. .with T = account
