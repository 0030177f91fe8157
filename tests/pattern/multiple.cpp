#include "support/threads.hpp"

cohort::thread_level cohort::test::threads() {
  return thread_level::multiple;
}
