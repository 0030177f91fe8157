// Small programs, one per mode, that begin, end and fail in ways a test inside GoogleTest cannot.

#include <cohort/collective.hpp>
#include <cohort/core.hpp>
#include <cohort/core/detail/loss.hpp>
#include <cohort/p2p.hpp>

#include <chrono>
#include <cstdio>
#include <cstring>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>

namespace {
bool shows_finalize = false;
}  // namespace

/// In place of Open MPI's, which has it under two names.
extern "C" int MPI_Finalize() {
  if (shows_finalize) std::fputs("in MPI_Finalize\n", stderr);
  return PMPI_Finalize();
}

namespace {

void expect(bool holds, const char* what) {
  if (!holds) throw std::logic_error{what};
}
bool last(const cohort::communicator& world) {
  return world.rank() == world.size() - 1;
}

int works_alone() {
  const cohort::environment env;
  std::printf("rank %d of %d\n", env.world().rank(), env.world().size());
  expect(env.owns_mpi(), "the environment did not begin MPI");
  expect(env.world().allreduce(3, std::plus{}) == 3, "a collective does not work alone");
  return 0;
}

int joins() {
  int provided = 0;
  MPI_Init_thread(nullptr, nullptr, MPI_THREAD_SERIALIZED, &provided);
  {
    const cohort::environment env;
    expect(!env.owns_mpi(), "the environment says it began MPI");
    expect(env.granted_threads() == cohort::thread_level::serialized, "the level granted earlier is not known");
    expect(env.requested_threads() == cohort::thread_level::funneled, "the level requested is not known");
    try {
      env.require_threads(cohort::thread_level::multiple);
      expect(false, "a level that was not granted is accepted");
    } catch (const cohort::error& e) {
      expect(std::strstr(e.what(), "initialise MPI with that level") != nullptr, e.what());
    }
    env.world().barrier();
  }
  expect(cohort::detail::mpi_active(), "the environment ended an MPI that it only joined");
  const cohort::environment again;
  again.world().barrier();
  MPI_Finalize();
  return 0;
}

/// mpirun may hang if a rank aborts the job while others are in MPI_Finalize.
int aborts_while_others_end() {
  shows_finalize = true;
  const cohort::environment env;
  if (env.world().rank() == 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds{500});
    throw std::out_of_range{"thrown late"};
  }
  return 0;
}

/// As a fault-tolerant farm's, whose rank 0 alone leaves the job's status: if nobody was lost, MPI ends everywhere.
int ends_where_losses_are_expected() {
  {
    const cohort::environment env;
    cohort::detail::expect_losses();
    if (env.world().rank() == 0) cohort::detail::at_end([](int) {});
  }
  return cohort::detail::loss_noted() ? 1 : 0;
}

struct point {
  double x = 0;
  double y = 0;
};

int communicators_outlive_mpi() {
  static cohort::communicator everlasting;
  cohort::communicator outer;
  cohort::communicator part;
  {
    const cohort::environment env;
    everlasting = env.world().duplicate();
    outer = env.world();
    part = env.world().split(env.world().rank() % 2);
    const auto copy = part;
    (void)part.gatherv(std::vector<double>(1000, 1.0));   // makes the shadow communicator
    (void)outer.gatherv(std::vector<double>(1000, 1.0));  // and one of a communicator that is never freed
    (void)part.allreduce(point{1, 2}, [](point a, point b) { return point{a.x + b.x, a.y + b.y}; });
  }
  expect(!cohort::detail::mpi_active(), "MPI goes on");
  expect(!everlasting && !outer && !part, "a communicator does not know that MPI has ended");
  expect(part.native() == MPI_COMM_NULL, "a communicator keeps its handle");
  try {
    everlasting.barrier();
    expect(false, "a freed communicator is used");
  } catch (const cohort::argument_error& e) {
    expect(std::strstr(e.what(), "the communicator was freed (MPI has ended); keep environment alive longer"),
           e.what());
  }
  return 0;
}

int a_second_environment() {
  { const cohort::environment env; }
  try {
    const cohort::environment again;
    return 1;
  } catch (const cohort::error& e) {
    std::puts(e.what());
  }
  return 0;
}

int threads() {
  const cohort::environment env{{.threads = cohort::thread_level::multiple}};
  expect(env.requested_threads() == cohort::thread_level::multiple, "the level requested is not known");
  expect(env.granted_threads() == cohort::thread_level::multiple, "Open MPI grants less than all");
  env.require_threads(cohort::thread_level::multiple);
  const auto& world = env.world();
  const int next = (world.rank() + 1) % world.size();
  std::thread other{[&] { world.send(world.rank(), {.dest = next, .tag = 1}); }};
  const int got = world.recv<int>({.tag = 1});
  other.join();
  expect((got + 1) % world.size() == world.rank(), "a message of another thread is wrong");
  return 0;
}

int escapes_main() {
  const cohort::environment env;
  if (last(env.world())) env.world().send(1, {.dest = 0, .tag = -5});
  env.world().barrier();
  return 0;
}

int escapes_main_alone() {
  const cohort::environment env;
  throw std::out_of_range{"thrown"};
}

int an_int_escapes_main() {
  const cohort::environment env;
  if (last(env.world())) throw 42;
  env.world().barrier();
  return 0;
}

int caught_outside() {
  try {
    const cohort::environment env;
    if (last(env.world())) throw std::runtime_error{"thrown"};
    env.world().barrier();
  } catch (const std::exception& e) {
    std::fprintf(stderr, "reported: %s\n", e.what());
    return 0;  // even so the job must not look as if it had succeeded
  }
  return 0;
}

int terminates() {
  const cohort::environment env;
  if (last(env.world())) std::terminate();
  env.world().barrier();
  return 0;
}

int aborts() {
  const cohort::environment env;
  if (last(env.world())) cohort::environment::abort(3);
  env.world().barrier();
  std::puts("not reached");
  return 0;
}

}  // namespace

int main(int, char** argv) {
  const std::map<std::string, int (*)()> modes{
      {"works_alone", works_alone},
      {"joins", joins},
      {"communicators_outlive_mpi", communicators_outlive_mpi},
      {"a_second_environment", a_second_environment},
      {"threads", threads},
      {"escapes_main", escapes_main},
      {"escapes_main_alone", escapes_main_alone},
      {"an_int_escapes_main", an_int_escapes_main},
      {"caught_outside", caught_outside},
      {"terminates", terminates},
      {"aborts", aborts},
      {"aborts_while_others_end", aborts_while_others_end},
      {"ends_where_losses_are_expected", ends_where_losses_are_expected},
      {"shows_finalize",
       [] {
         shows_finalize = true;
         const cohort::environment env;
         return 0;
       }},
  };
  return modes.at(argv[1])();
}
