#include "support/world.hpp"

namespace cohort::test {
namespace {
const communicator* current = nullptr;
}  // namespace

const communicator& world() {
  return *current;
}

void set_world(const communicator& all) {
  current = &all;
}

}  // namespace cohort::test
