#pragma once

#include <cohort/collective/topology/detail/halo_plan.hpp>

#include <cstddef>
#include <deque>
#include <string>

namespace cohort::detail {

struct halo_access {
  [[nodiscard]] static halo_plans& plans(const cartesian& grid) noexcept { return *grid.plans_; }
};

/// One cartesian::exchange_halo, as planned.
class halo_exchange {
 public:
  halo_exchange(const cartesian& grid, comm_state& state, const halo_shape& shape, const call_site& where)
      : plan_{halo_access::plans(grid).find(grid, state, shape, where)}, state_{state}, where_{where} {}

  void run(std::byte* array);

 private:
  /// Takes note of faces that do not fit, and goes on: the neighbours count on this rank's.
  void round(const std::deque<halo_edge>& edges, std::byte* array);
  void take_note(int code, std::size_t came, const halo_edge* receive);

  halo_plan& plan_;
  comm_state& state_;
  const call_site& where_;
  std::string problem_;
};

}  // namespace cohort::detail
