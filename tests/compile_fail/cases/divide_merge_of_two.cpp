#include <cohort/pattern.hpp>

#include <array>
#include <functional>
void use(const cohort::communicator& world) {
  (void)cohort::divide_and_conquer(
      world, 9, [](int n) { return n > 1; },
      [](int n) {
        return std::array{n / 2, n - n / 2};
      },
      [](int n) { return n; }, std::plus<int>{});
}
// EXPECT: cohort: divide_and_conquer's merge is called with a std::vector of solve's results
