#include <cohort/core/detail/attached.hpp>
#include <cohort/core/finalize_hook.hpp>

#include <mpi.h>

#include <utility>
#include <vector>

namespace cohort::detail {
namespace {

/// All that hangs on one MPI_Comm, under one attribute. Deleted with the attribute.
class attachments final : finalize_hook {
 public:
  static attachments* of(MPI_Comm parent) {
    attachments* found = nullptr;
    int flag = 0;
    MPI_Comm_get_attr(parent, key(), static_cast<void*>(&found), &flag);
    return flag != 0 ? found : nullptr;
  }
  static attachments& made(MPI_Comm parent) {
    if (auto* there = of(parent)) return *there;
    auto* fresh = new attachments{parent};
    MPI_Comm_set_attr(parent, key(), fresh);
    return *fresh;
  }

  [[nodiscard]] attachment* find(const void* kind) const noexcept {
    for (const auto& each : held_) {
      if (each.first == kind) return each.second.get();
    }
    return nullptr;
  }
  void add(const void* kind, std::unique_ptr<attachment> what) { held_.emplace_back(kind, std::move(what)); }

 private:
  class keyval final : finalize_hook {
   public:
    keyval() { MPI_Comm_create_keyval(MPI_COMM_NULL_COPY_FN, &attachments::on_delete, &key, nullptr); }
    int key = MPI_KEYVAL_INVALID;

   private:
    void release() noexcept override { MPI_Comm_free_keyval(&key); }
  };
  static int key() {
    static keyval instance;
    return instance.key;
  }
  static int on_delete(MPI_Comm, int, void* value, void*) {
    delete static_cast<attachments*>(value);
    return MPI_SUCCESS;
  }

  explicit attachments(MPI_Comm parent) : parent_{parent} {}
  ~attachments() override = default;
  void release() noexcept override { MPI_Comm_delete_attr(parent_, key()); }  // deletes this

  MPI_Comm parent_;
  std::vector<std::pair<const void*, std::unique_ptr<attachment>>> held_;
};

}  // namespace

attachment* attached(const communicator& comm, const void* kind) {
  const auto* all = attachments::of(access::state(comm, "attached", {}).comm);
  return all == nullptr ? nullptr : all->find(kind);
}

void attach(const communicator& comm, const void* kind, std::unique_ptr<attachment> what) {
  attachments::made(access::state(comm, "attach", {}).comm).add(kind, std::move(what));
}

}  // namespace cohort::detail
