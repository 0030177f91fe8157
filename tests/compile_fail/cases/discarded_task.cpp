#include <cohort/async.hpp>

#pragma GCC diagnostic error "-Wunused-result"
cohort::task<> tell();
void use() {
  tell();
}
// EXPECT: ignoring return
