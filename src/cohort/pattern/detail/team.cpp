#include <cohort/collective/allgather.hpp>
#include <cohort/collective/barrier.hpp>
#include <cohort/collective/bcast.hpp>
#include <cohort/core/error.hpp>
#include <cohort/dispatch/schedule.hpp>
#include <cohort/pattern/detail/team.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace cohort::detail {

namespace {

dispatch::schedule wanted_schedule(const std::string& name, int rank, const call_site& where) {
  try {
    const auto how = dispatch::parse_schedule(name);
    if (how == dispatch::schedule::adaptive) {
      throw argument_error{"adaptive is for farms (it needs a master that knows each rank's speed); use factoring"};
    }
    return how;
  } catch (const argument_error& e) {
    throw argument_error{fmt::format("COHORT_SCHEDULE, as a loop on rank {} (called at {}:{}) finds it: {}", rank,
                                     where.file, where.line, e.what())};
  }
}

}  // namespace

/// The teams of one communicator: as it is, and as tests pretend that it is.
class teams final : public attachment {
 public:
  static constexpr char kind = 0;

  team& get(const communicator& comm, int node_size, const call_site& where) {
    for (const auto& each : made_) {
      if (each.first == node_size) return *each.second;
    }
    std::unique_ptr<team> fresh{new team{comm, node_size, where}};
    return *made_.emplace_back(node_size, std::move(fresh)).second;
  }

 private:
  std::vector<std::pair<int, std::unique_ptr<team>>> made_;
};

team& team::of(const communicator& comm, int node_size, call_site where) {
  auto* found = attached(comm, &teams::kind);
  if (found == nullptr) {
    auto fresh = std::make_unique<teams>();
    found = fresh.get();
    attach(comm, &teams::kind, std::move(fresh));
  }
  return static_cast<teams&>(*found).get(comm, node_size, where);
}

team::team(const communicator& comm, int nodes_of, const call_site& where) : rank{comm.rank()}, size{comm.size()} {
  const char* const wanted = std::getenv("COHORT_SCHEDULE");
  std::string name = wanted == nullptr ? "" : wanted;
  comm.bcast(name, {}, where);  // mpirun does not take the environment to other nodes
  if (!name.empty()) preferred = wanted_schedule(name, rank, where);

  auto mates = comm.split_shared(0, where);
  if (nodes_of > 0) mates = mates.split(mates.rank() / nodes_of, 0, where);
  node_rank = mates.rank();
  const auto leader_of = comm.allgather(mates.bcast(int{rank}, {}, where), where);
  node_leaders.assign(leader_of.begin(), leader_of.end());
  std::sort(node_leaders.begin(), node_leaders.end());
  node_leaders.erase(std::unique(node_leaders.begin(), node_leaders.end()), node_leaders.end());
  node_sizes.resize(node_leaders.size());
  for (int r = 0; r != size; ++r) {
    const auto index =
        std::ranges::lower_bound(node_leaders, leader_of[static_cast<std::size_t>(r)]) - node_leaders.begin();
    ++node_sizes[static_cast<std::size_t>(index)];
    if (index == 0) hub.push_back(r);
    if (r == rank) node = static_cast<int>(index);
  }
  lane = comm.duplicate(where);
  if (nodes() > 1) {
    leaders = lane.split(node_rank == 0 ? std::optional{0} : std::nullopt, 0, where);
  }
  memory_ = node_memory{mates, sizeof(node_words) + pool_slots * sizeof(range_pool::slot), where};
}

std::span<range_pool::slot> team::slots() const noexcept {
  auto* const first = reinterpret_cast<range_pool::slot*>(memory_.data() + sizeof(node_words));
  return {first, pool_slots};
}

void team::reset(const communicator& comm) {
  comm.barrier();
  if (node_rank == 0) {
    auto& all = words();
    for (auto* word :
         {&all.home, &all.arrived, &all.signature[0], &all.signature[1], &all.failed, &all.failure[0],
          &all.failure[1], &all.released, &all.total_failure, &all.differs, &all.finished, &all.asked}) {
      std::atomic_ref{*word}.store(0);
    }
    pool().clear();
  }
  loops = 0;
  home_base = 0;
  signature_base = {};
  comm.barrier();
}

}  // namespace cohort::detail
