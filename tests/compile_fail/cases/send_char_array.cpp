#include <cohort/p2p.hpp>
void use(const cohort::communicator& world) {
  world.send("text", {.dest = 0});
}
// EXPECT: cohort: a char array is ambiguous; send std::string_view{x} for its text, std::span{x} for its bytes
