#include <cohort/core/detail/loss.hpp>
#include <cohort/core/finalize_hook.hpp>

#include <mpi.h>

#include <algorithm>
#include <mutex>
#include <vector>

namespace cohort::detail {

/// The one list of live hooks: part of the MPI environment, which is global by nature.
struct finalize_list {
  std::mutex mutex;
  std::vector<finalize_hook*> live;
  bool attached = false;

  static finalize_list& instance() {
    static auto* list = new finalize_list;  // never destroyed: MPI_Finalize may run after static destructors
    return *list;
  }

  static int on_finalize(MPI_Comm, int, void*, void*) {
    auto& list = instance();
    for (;;) {
      finalize_hook* hook = nullptr;
      {
        const std::lock_guard lock{list.mutex};
        list.attached = false;
        if (list.live.empty()) return MPI_SUCCESS;
        hook = list.live.back();
        list.live.pop_back();
      }
      hook->release();
    }
  }

  void attach() {
    if (attached) return;
    attached = true;
    int key = MPI_KEYVAL_INVALID;
    MPI_Comm_create_keyval(MPI_COMM_NULL_COPY_FN, &finalize_list::on_finalize, &key, nullptr);
    MPI_Comm_set_attr(MPI_COMM_SELF, key, nullptr);
    MPI_Comm_free_keyval(&key);  // lives on until the attribute is gone
  }
};

finalize_hook::finalize_hook() {
  auto& list = finalize_list::instance();
  const std::lock_guard lock{list.mutex};
  list.attach();
  list.live.push_back(this);
}

finalize_hook::~finalize_hook() {
  auto& list = finalize_list::instance();
  const std::lock_guard lock{list.mutex};
  // The youngest are the likeliest to go first, so search from the end.
  if (const auto found = std::find(list.live.rbegin(), list.live.rend(), this); found != list.live.rend()) {
    list.live.erase(std::next(found).base());
  }
}

bool mpi_begun() noexcept {
  int initialized = 0;
  int finalized = 0;
  MPI_Initialized(&initialized);
  MPI_Finalized(&finalized);
  return initialized != 0 && finalized == 0;
}

bool mpi_active() noexcept {
  return !loss_noted() && mpi_begun();
}

}  // namespace cohort::detail
