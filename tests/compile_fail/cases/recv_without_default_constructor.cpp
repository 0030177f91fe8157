#include <cohort/p2p.hpp>
struct meter {
  explicit meter(double m) : value{m} {}
  double value;
};
void use(const cohort::communicator& world) {
  (void)world.recv<meter>();
}
// EXPECT: cohort: recv needs a default constructor; use recv_into
