#include <cohort/collective/topology/detail/halo_exchange.hpp>
#include <cohort/core/status.hpp>

#include <fmt/format.h>

#include <cstring>
#include <new>

namespace cohort::detail {
namespace {

bool is_truncation(int code) {
  int result = MPI_SUCCESS;
  MPI_Error_class(code, &result);
  return result == MPI_ERR_TRUNCATE;
}

/// The requests of a round, receives first. If an exception ends it, nobody may be waited for: receives are
/// cancelled, and sends are let go, with the memory that they may read from.
class round_requests {
 public:
  explicit round_requests(halo_plan& plan) noexcept : plan_{plan} {}
  round_requests(const round_requests&) = delete;
  round_requests& operator=(const round_requests&) = delete;
  ~round_requests() {
    bool lost = false;
    for (std::size_t i = 0; i != all().size(); ++i) {
      auto& request = all()[i];
      if (request == MPI_REQUEST_NULL) continue;
      if (i < receives) {
        MPI_Cancel(&request);
        MPI_Wait(&request, MPI_STATUS_IGNORE);
      } else {
        MPI_Request_free(&request);
        lost = true;
      }
    }
    all().clear();
    if (!lost) return;
    const auto room = plan_.scratch.size();
    [[maybe_unused]] auto* left = new (std::nothrow) buffer<std::byte>(std::move(plan_.scratch));
    plan_.scratch = buffer<std::byte>(room);
  }
  [[nodiscard]] std::vector<MPI_Request>& all() const noexcept { return plan_.requests; }
  [[nodiscard]] MPI_Request* next() { return &all().emplace_back(MPI_REQUEST_NULL); }

  std::size_t receives = 0;

 private:
  halo_plan& plan_;
};

}  // namespace

void halo_exchange::round(const std::deque<halo_edge>& edges, std::byte* array) {
  const MPI_Comm shadow = state_.shadow();
  std::byte* const scratch = plan_.scratch.data();
  round_requests pending{plan_};
  for (const auto& [peer, tag, out, in] : edges) {
    if (peer == state_.rank) continue;
    // What a neighbour sends towards its other side comes from this one.
    check(MPI_Irecv(in.at(array, scratch), in.count(), in.type(), peer, tag ^ 1, shadow, pending.next()),
          "MPI_Irecv", state_, where_, peer, tag, in.box().bytes());
    ++pending.receives;
  }
  for (const auto& [peer, tag, out, in] : edges) {
    std::byte* const from = out.at(array, scratch);
    if (out.packed()) out.box().pack(from, array);
    if (peer == state_.rank) {
      if (out.box().bytes() != 0) std::memcpy(in.at(array, scratch), from, out.box().bytes());
      continue;
    }
    check(MPI_Isend(from, out.count(), out.type(), peer, tag, shadow, pending.next()), "MPI_Isend", state_, where_,
          peer, tag, out.box().bytes());
  }
  // One by one: Open MPI's MPI_Waitall may wait forever if a receive has failed. All are waited for, so that no
  // neighbour waits for what this rank has to send.
  auto* request = pending.all().data();
  for (const auto& edge : edges) {
    if (edge.peer == state_.rank) continue;
    status done;
    const int code = MPI_Wait(request++, done.native());
    if (code != MPI_SUCCESS || done.bytes() != edge.in.box().bytes()) take_note(code, done.bytes(), &edge);
  }
  for (std::size_t i = pending.receives; i != pending.all().size(); ++i) {
    const int code = MPI_Wait(request++, MPI_STATUS_IGNORE);
    if (code != MPI_SUCCESS) take_note(code, 0, nullptr);
  }
  for (const auto& edge : edges) {
    if (edge.in.packed()) edge.in.box().unpack(array, edge.in.at(array, scratch));
  }
}

void halo_exchange::take_note(int code, std::size_t came, const halo_edge* receive) {
  if (!problem_.empty()) return;
  problem_ = fmt::format("exchange_halo on rank {} (called at {}:{}): ", state_.rank, where_.file, where_.line);
  if (code == MPI_SUCCESS) {
    problem_ += fmt::format("{} bytes came for a face of {}", came, receive->in.box().bytes());
  } else if (receive != nullptr && is_truncation(code)) {
    problem_ += fmt::format("more came than the {} bytes of a face", receive->in.box().bytes());
  } else {
    check(code, "MPI_Wait", state_, where_);
  }
  problem_ +=
      " (the neighbour's array has another shape or halo); give neighbours the same extents across the dimension";
}

void halo_exchange::run(std::byte* array) {
  for (const auto& each : plan_.rounds) round(each, array);
  if (!problem_.empty()) throw error{problem_};
}

}  // namespace cohort::detail
