#pragma once

#include <cohort/core/detail/arrival.hpp>
#include <cohort/core/detail/comm_state.hpp>

#include <mpi.h>

#include <cstddef>
#include <vector>

namespace cohort::detail {

/// Types of blocks that lie farther off, or are longer, than MPI's ints can say. A request holds them until it is
/// complete, in the place of what arrives; they are freed with this.
class placed_types : public arrival {
 public:
  placed_types() = default;
  ~placed_types() override;

  /// A committed type of `n` elements of `element` that begin `bytes` bytes after the address it is used with.
  MPI_Datatype add(std::size_t n, MPI_Datatype element, std::size_t bytes, const comm_state& state,
                   const call_site& where);

  void reset() noexcept override {}
  void settle(int, status&, const operation&) override {}

 private:
  std::vector<MPI_Datatype> types_;
};

}  // namespace cohort::detail
