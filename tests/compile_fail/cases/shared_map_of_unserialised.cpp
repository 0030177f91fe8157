#include <cohort/pattern/shared_map.hpp>

#include <string>

class account {
 public:
  account() = default;
  ~account() { delete balance_; }

 private:
  int* balance_ = nullptr;
};

void use(const cohort::communicator& world) {
  cohort::shared_map<std::string, account> accounts{world};
  accounts.put("Ada", account{});
}
// EXPECT: cohort: this class cannot be sent .nothing says what it consists of.; give it a member template
// EXPECT: can_be_sent.. .with T = account
