#include <cohort/core/detail/attached.hpp>
#include <cohort/core/detail/attribute.hpp>

#include <mpi.h>

#include <utility>
#include <vector>

namespace cohort::detail {
namespace {

/// All that layers above hang on one MPI_Comm.
class attachments final : public attribute<attachments> {
 public:
  explicit attachments(MPI_Comm parent) : attribute{parent} {}

  [[nodiscard]] attachment* find(const void* kind) const noexcept {
    for (const auto& each : held_) {
      if (each.first == kind) return each.second.get();
    }
    return nullptr;
  }
  void add(const void* kind, std::unique_ptr<attachment> what) { held_.emplace_back(kind, std::move(what)); }

 private:
  std::vector<std::pair<const void*, std::unique_ptr<attachment>>> held_;
};

}  // namespace

attachment* attached(const communicator& comm, const void* kind) {
  const auto* all = attachments::of(access::state(comm, "attached", {}).comm);
  return all == nullptr ? nullptr : all->find(kind);
}

void attach(const communicator& comm, const void* kind, std::unique_ptr<attachment> what) {
  const MPI_Comm parent = access::state(comm, "attach", {}).comm;
  auto* all = attachments::of(parent);
  if (all == nullptr) attachments::hang(all = new attachments{parent});
  all->add(kind, std::move(what));
}

}  // namespace cohort::detail
