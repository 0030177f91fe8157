#pragma once

#include <cohort/collective/topology/grid_view.hpp>
#include <cohort/collective/topology/topology.hpp>

#include <concepts>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace cohort {
namespace detail {
struct halo_access;
class halo_plans;
}  // namespace detail

/// The shape of a process grid: cohort::cartesian grid{world, {.dims = {0, 0}, .periodic = {true, false}}}.
struct cartesian_options {
  /// Ranks along each dimension; those that are 0 are chosen, as equal as can be, so that all ranks have a place.
  std::vector<int> dims;
  /// Which dimensions are rings; none if empty.
  std::vector<bool> periodic = {};
  /// MPI may number the ranks anew, to place neighbours close to each other.
  bool reorder = false;
};

/// What a rank meets at a distance along one dimension; proc_null beyond an edge.
struct shifted {
  int source;  ///< the rank whose data comes here when everybody sends by that displacement
  int dest;    ///< the rank that is that far away
  friend bool operator==(const shifted&, const shifted&) = default;
};

struct halo_options {
  /// Fill edges and corners too, where two or more dimensions' halos meet. Costs a round per dimension instead of
  /// one in all, and slightly longer messages.
  bool corners = false;
};

/// `ndims` numbers, as equal as can be and in falling order, whose product is `n`: MPI_Dims_create. Not collective.
[[nodiscard]] std::vector<int> balanced_dims(int n, int ndims, call_site where = call_site::current());

/// Ranks in a grid of any number of dimensions; the last coordinate changes fastest, as in C arrays.
class cartesian : public topology {
 public:
  /// On no rank.
  cartesian() = default;
  /// Collective over `comm`: one MPI_Cart_create. Ranks for which the grid has no place get one that is false.
  /// Throws argument_error if the grid needs more ranks than there are.
  cartesian(const communicator& comm, const cartesian_options& options, call_site where = call_site::current());
  /// Takes over an MPI_Comm that has a grid.
  template <std::same_as<MPI_Comm> Comm>
  explicit cartesian(Comm comm, ownership how = ownership::duplicate) : cartesian{made(communicator{comm, how})} {}

  [[nodiscard]] int ndims() const noexcept { return static_cast<int>(dims_.size()); }
  [[nodiscard]] const std::vector<int>& dims() const noexcept { return dims_; }
  [[nodiscard]] const std::vector<bool>& periodic() const noexcept { return periodic_; }

  /// This rank's place, and that of `rank`. Not collective. @{
  [[nodiscard]] const std::vector<int>& coords() const noexcept { return coords_; }
  [[nodiscard]] std::vector<int> coords(int rank, call_site where = call_site::current()) const;
  /// @}
  using communicator::rank;
  /// The rank at a place; periodic coordinates wrap, others must be inside. Not collective.
  [[nodiscard]] int rank(std::span<const int> coords, call_site where = call_site::current()) const;
  /// The ranks `displacement` away along dimension `dim`. Not collective.
  [[nodiscard]] shifted shift(int dim, int displacement = 1, call_site where = call_site::current()) const;
  /// The grid of the dimensions that are kept, of the ranks with this rank's coordinates in the others:
  /// MPI_Cart_sub, collective.
  [[nodiscard]] cartesian sub(const std::vector<bool>& keep, call_site where = call_site::current()) const;

  /// topology/exchange_halo.hpp. Fills the halo of a local array from its neighbours' interiors, all faces in one
  /// call; beyond an edge that is not periodic nothing is written. Collective; the array's dimensions are the
  /// grid's. Neighbours must agree about the halo's width and the interior's extents across it.
  ///
  /// Cost: one message towards each neighbour (halo times the cross-section, in elements), two per dimension, none
  /// towards oneself or beyond an edge. A face that is one run of memory is sent as it lies, one of long runs as an
  /// MPI type, others are packed into a buffer, which is cheaper there. The grid keeps these types and buffers for
  /// the last eight shapes (extents, halo, element size), so repeating an exchange allocates nothing. Throws
  /// argument_error if the interior is thinner than the halo, and error on each rank that a neighbour's face does
  /// not fit; every rank takes part to the end, so the others return.
  template <class T, std::size_t N, int Level = check_level>
  void exchange_halo(const grid_view<T, N>& array, halo_options options = {},
                     call_site where = call_site::current()) const;

 private:
  friend struct detail::halo_access;
  cartesian(communicator comm, std::vector<int> dims, std::vector<bool> periodic, std::vector<int> coords,
            const std::vector<int>& neighbors);
  static cartesian made(communicator comm);

  std::vector<int> dims_;
  std::vector<bool> periodic_;
  std::vector<int> coords_;
  std::shared_ptr<detail::halo_plans> plans_;
};

}  // namespace cohort
