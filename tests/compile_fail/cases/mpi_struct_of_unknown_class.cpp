#include <cohort/core.hpp>
#include <cohort/p2p.hpp>

struct inner {
  char a = 0;
  double b = 0;
};
struct outer {
  inner member;
};
template <>
struct cohort::mpi_struct<outer> : cohort::members<&outer::member> {};
void use(const cohort::communicator& world, const outer& object) {
  world.send(object, {.dest = 0});
}
// EXPECT: cohort: a member of an mpi_struct is of a class that MPI does not know; describe that class as well
