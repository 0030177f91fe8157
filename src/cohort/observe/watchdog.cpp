#include <cohort/core/detail/watch.hpp>
#include <cohort/observe/detail/guard.hpp>

#include <mpi.h>

#include <memory>
#include <mutex>

namespace cohort::detail {
namespace {

/// The one watchdog of the process, as MPI is one.
struct kennel {
  std::mutex mutex;
  observe::detail::book* book = nullptr;  ///< never destroyed, see there
  std::unique_ptr<observe::detail::guard> guard;

  static kennel& instance() {
    static auto* one = new kennel;
    return *one;
  }
};

}  // namespace

void start_watching(const comm_state& world, watch_settings settings, const std::string& host) {
  auto& here = kennel::instance();
  const std::lock_guard lock{here.mutex};
  if (here.book == nullptr) here.book = new observe::detail::book;
  here.guard = std::make_unique<observe::detail::guard>(*here.book, settings, world.rank, world.size, host);
  auto where = world.rank == 0 ? here.guard->invite() : observe::detail::meeting_point{};
  check(MPI_Bcast(&where, sizeof where, MPI_BYTE, 0, world.comm), "MPI_Bcast", world, {}, 0);
  here.book->open(world);
  here.guard->begin(where);
  watching = here.book;
}

void stop_watching(bool others_go_on) noexcept {
  watching = nullptr;
  auto& here = kennel::instance();
  const std::lock_guard lock{here.mutex};
  if (here.guard == nullptr) return;
  here.guard->end(others_go_on);
  here.guard.reset();
}

}  // namespace cohort::detail
