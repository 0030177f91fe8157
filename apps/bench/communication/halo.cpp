// The faces of a grid of arrays, with their neighbours.
#include <cohort/collective/topology/exchange_halo.hpp>

#include "bench/communication/contest.hpp"

#include <fmt/format.h>
#include <mpi.h>

#include <array>
#include <memory>

namespace cohort_bench {
namespace {

/// A cube of doubles on each rank, with a halo of one element; no dimension is a ring.
constexpr std::size_t halo = 1;
using cube = std::array<std::size_t, 3>;

struct field {
  field(const cohort::communicator& world, std::size_t n)
      : grid{world, {.dims = {0, 0, 0}}},
        extents{n + 2 * halo, n + 2 * halo, n + 2 * halo},
        memory((n + 2 * halo) * (n + 2 * halo) * (n + 2 * halo), 1.0) {}

  cohort::cartesian grid;
  cube extents;
  std::vector<double> memory;
};

/// The slab across `dim` that begins at `from`, of the others' interior. MPI_Finalize frees it.
MPI_Datatype slab(const cube& extents, std::size_t dim, std::size_t from) {
  std::array<int, 3> sizes{};
  std::array<int, 3> subsizes{};
  std::array<int, 3> starts{};
  for (std::size_t d = 0; d != 3; ++d) {
    sizes[d] = static_cast<int>(extents[d]);
    subsizes[d] = static_cast<int>(d == dim ? halo : extents[d] - 2 * halo);
    starts[d] = static_cast<int>(d == dim ? from : halo);
  }
  MPI_Datatype type = MPI_DATATYPE_NULL;
  MPI_Type_create_subarray(3, sizes.data(), subsizes.data(), starts.data(), MPI_ORDER_C, MPI_DOUBLE, &type);
  MPI_Type_commit(&type);
  return type;
}

/// What an expert prepares once: one face in, one out, per neighbour.
struct faces_by_hand {
  explicit faces_by_hand(const field& of) : raw{of.grid} {
    for (int d = 0; d != 3; ++d) {
      int before = MPI_PROC_NULL;
      int after = MPI_PROC_NULL;
      MPI_Cart_shift(raw, d, 1, &before, &after);
      const auto dim = static_cast<std::size_t>(d);
      const auto end = of.extents[dim];
      add(before, slab(of.extents, dim, 0), slab(of.extents, dim, halo), 2 * d);
      add(after, slab(of.extents, dim, end - halo), slab(of.extents, dim, end - 2 * halo), 2 * d + 1);
    }
  }

  MPI_Comm raw;
  std::array<int, 6> peers{};
  std::array<MPI_Datatype, 6> in{};
  std::array<MPI_Datatype, 6> out{};

 private:
  void add(int peer, MPI_Datatype comes, MPI_Datatype goes, int side) {
    const auto i = static_cast<std::size_t>(side);
    peers[i] = peer;
    in[i] = comes;
    out[i] = goes;
  }
};

/// One message per face each way; a face's tag is its side, as its sender sees it.
void exchange_by_hand(const faces_by_hand& faces, double* data) {
  std::array<MPI_Request, 12> requests{};
  for (std::size_t i = 0; i != 6; ++i) {
    MPI_Irecv(data, 1, faces.in[i], faces.peers[i], static_cast<int>(i ^ 1U), faces.raw, &requests[i]);
  }
  for (std::size_t i = 0; i != 6; ++i) {
    MPI_Isend(data, 1, faces.out[i], faces.peers[i], static_cast<int>(i), faces.raw, &requests[6 + i]);
  }
  MPI_Waitall(12, requests.data(), MPI_STATUSES_IGNORE);
}

void all_faces(std::vector<contest>& all, const cohort::communicator& world, std::size_t n) {
  const auto mine = std::make_shared<field>(world, n);
  const auto faces = std::make_shared<faces_by_hand>(*mine);
  contest c{.name = fmt::format("halo exchange {0}x{0}x{0}", n), .bar = 1.02};
  c.hand = loop([=] { exchange_by_hand(*faces, mine->memory.data()); });
  c.cohort = loop([=] { mine->grid.exchange_halo(cohort::grid_view{mine->memory.data(), mine->extents, halo}); });
  all.push_back(std::move(c));
}

}  // namespace

void add_halo(std::vector<contest>& all, const cohort::communicator& world) {
  for (const std::size_t n : {4U, 32U, 100U}) all_faces(all, world, n);
}

}  // namespace cohort_bench
