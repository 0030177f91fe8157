#include <cohort/pattern.hpp>

#include <array>
void use(const cohort::communicator& world) {
  (void)cohort::divide_and_conquer(
      world, 9, [](int n) { return n > 1; },
      [](int n) {
        return std::array{n / 2, n - n / 2};
      },
      [](int n) { return n; }, {.root = 1});
}
// EXPECT: cohort: divide_and_conquer's merge is missing
