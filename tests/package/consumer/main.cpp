#include <cohort/cohort.hpp>

#include <cstdio>
#include <functional>

int main(int argc, char** argv) {
  const cohort::environment env{argc, argv};
  const auto& world = env.world();
  int unused;                        // -Wall
  char narrowed = world.rank() + 1;  // -Wconversion
  {
    int narrowed = 0;
    (void)narrowed;
  }  // -Wshadow
  const int sum = world.allreduce(int{narrowed}, std::plus{});
  if (world.rank() == 0) std::printf("%d ranks: %d\n", world.size(), sum);
}
