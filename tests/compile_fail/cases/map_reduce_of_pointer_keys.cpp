#include <cohort/pattern.hpp>

#include <memory>
#include <vector>
void use(const cohort::communicator& world) {
  const auto emit_it = [](int i, auto& emit) { emit(std::make_unique<int>(i), i); };
  (void)cohort::map_reduce<std::unique_ptr<int>, int>(world, std::vector{1}, emit_it, std::plus{});
}
// EXPECT: cohort: a pointer as a key differs from rank to rank; use what it points to
