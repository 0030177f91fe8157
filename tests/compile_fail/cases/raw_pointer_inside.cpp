#include <cohort/p2p.hpp>

#include <string>
struct node {
  std::string name;
  node* next;
};
void use(const cohort::communicator& world, const node& n) {
  world.send(n, {.dest = 0});
}
// EXPECT: cohort: a raw pointer cannot be sent; send what it points to, by value or unique_ptr
