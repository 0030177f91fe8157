#include <cohort/collective/topology/cartesian.hpp>
#include <cohort/collective/topology/detail/halo_plan.hpp>
#include <cohort/core/detail/waiting.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace cohort {
namespace {

std::string place(const char* routine, const call_site& where) {
  return fmt::format("{} (called at {}:{})", routine, where.file, where.line);
}

/// The dimensions asked for, those that are 0 chosen.
std::vector<int> complete(const std::vector<int>& asked, int size, const call_site& where) {
  if (asked.empty()) {
    throw argument_error{fmt::format("{}: no dimensions (a grid needs one at least); give {{.dims = {{0, 0}}}}",
                                     place("cartesian", where))};
  }
  long long product = 1;
  bool open = false;
  for (const int each : asked) {
    if (each < 0) {
      throw argument_error{fmt::format("{}: a dimension of {} ranks; give 1 or more, or 0 to have it chosen",
                                       place("cartesian", where), each)};
    }
    open = open || each == 0;
    product *= std::max(each, 1);
    if (product > size) {
      throw argument_error{
          fmt::format("{}: a grid of {} does not fit (the communicator has {} ranks); make it smaller",
                      place("cartesian", where), fmt::join(asked, " x "), size)};
    }
  }
  auto dims = asked;
  if (!open) return dims;
  if (size % product != 0) {
    throw argument_error{fmt::format(
        "{}: no choice for the open dimensions of {} gives every rank a place ({} ranks are not a multiple "
        "of {}); give dimensions that divide it, or all of them",
        place("cartesian", where), fmt::join(asked, " x "), size, product)};
  }
  if (const int code = MPI_Dims_create(size, static_cast<int>(dims.size()), dims.data()); code != MPI_SUCCESS) {
    detail::throw_mpi_error(code, {.routine = "MPI_Dims_create", .where = where});
  }
  return dims;
}

}  // namespace

std::vector<int> balanced_dims(int n, int ndims, call_site where) {
  if (n < 1 || ndims < 1) {
    throw argument_error{fmt::format("{}: {} ranks in {} dimensions make no grid; give 1 or more of both",
                                     place("balanced_dims", where), n, ndims)};
  }
  std::vector<int> dims(static_cast<std::size_t>(ndims));
  if (const int code = MPI_Dims_create(n, ndims, dims.data()); code != MPI_SUCCESS) {
    detail::throw_mpi_error(code, {.routine = "MPI_Dims_create", .where = where});
  }
  return dims;
}

cartesian::cartesian(communicator comm, std::vector<int> dims, std::vector<bool> periodic, std::vector<int> coords,
                     const std::vector<int>& neighbors)
    : topology{std::move(comm), neighbors, neighbors, true},
      dims_{std::move(dims)},
      periodic_{std::move(periodic)},
      coords_{std::move(coords)},
      plans_{std::make_shared<detail::halo_plans>()} {}

cartesian cartesian::made(communicator comm) {
  int kind = MPI_UNDEFINED;
  MPI_Topo_test(comm.native(), &kind);
  if (kind != MPI_CART) {
    throw argument_error{
        "cartesian: the MPI communicator has no grid (MPI_Cart_create did not make it); use cartesian{comm, "
        "{.dims}}"};
  }
  int ndims = 0;
  MPI_Cartdim_get(comm.native(), &ndims);
  const auto n = static_cast<std::size_t>(ndims);
  std::vector<int> dims(n), rings(n), coords(n), neighbors(2 * n);
  if (n != 0) MPI_Cart_get(comm.native(), ndims, dims.data(), rings.data(), coords.data());
  for (std::size_t d = 0; d != n; ++d) {
    MPI_Cart_shift(comm.native(), static_cast<int>(d), 1, &neighbors[2 * d], &neighbors[2 * d + 1]);
  }
  return {std::move(comm), std::move(dims), std::vector<bool>(rings.begin(), rings.end()), std::move(coords),
          neighbors};
}

cartesian::cartesian(const communicator& comm, const cartesian_options& options, call_site where) {
  const auto& state = detail::access::state(comm, "cartesian", where);
  const auto dims = complete(options.dims, state.size, where);
  std::vector<int> rings(options.periodic.begin(), options.periodic.end());
  if (rings.empty()) rings.resize(dims.size());
  if (rings.size() != dims.size()) {
    throw argument_error{fmt::format("{}: {} dimensions, but periodic has {} entries; give one for each, or none",
                                     place("cartesian", where), dims.size(), rings.size())};
  }
  MPI_Comm grid = MPI_COMM_NULL;
  const detail::wait_scope busy{state, "cartesian", where};
  detail::check(MPI_Cart_create(state.comm, static_cast<int>(dims.size()), dims.data(), rings.data(),
                                options.reorder ? 1 : 0, &grid),
                "MPI_Cart_create", state, where);
  if (grid != MPI_COMM_NULL) *this = made(communicator{grid, ownership::adopt});
}

std::vector<int> cartesian::coords(int rank, call_site where) const {
  const auto& state = detail::access::state(*this, "coords", where);
  if (rank < 0 || rank >= state.size) {
    throw argument_error{fmt::format("{}: rank {} does not exist (the grid has {}); use 0 to {}",
                                     place("coords", where), rank, state.size, state.size - 1)};
  }
  std::vector<int> result(dims_.size());
  if (result.empty()) return result;
  detail::check(MPI_Cart_coords(state.comm, rank, ndims(), result.data()), "MPI_Cart_coords", state, where);
  return result;
}

int cartesian::rank(std::span<const int> coords, call_site where) const {
  const auto& state = detail::access::state(*this, "rank", where);
  detail::check_length("rank", state, coords.size(), dims_.size(), where);
  for (std::size_t d = 0; d != dims_.size(); ++d) {
    if (!periodic_[d] && (coords[d] < 0 || coords[d] >= dims_[d])) {
      throw argument_error{fmt::format(
          "{}: coordinate {} of dimension {} is outside (it has {} ranks and is not periodic); use 0 to {}",
          place("rank", where), coords[d], d, dims_[d], dims_[d] - 1)};
    }
  }
  if (coords.empty()) return 0;
  int result = MPI_PROC_NULL;
  detail::check(MPI_Cart_rank(state.comm, coords.data(), &result), "MPI_Cart_rank", state, where);
  return result;
}

shifted cartesian::shift(int dim, int displacement, call_site where) const {
  const auto& state = detail::access::state(*this, "shift", where);
  if (dim < 0 || dim >= ndims()) {
    throw argument_error{fmt::format("{}: dimension {} does not exist (the grid has {}); use 0 to {}",
                                     place("shift", where), dim, ndims(), ndims() - 1)};
  }
  shifted result{};
  detail::check(MPI_Cart_shift(state.comm, dim, displacement, &result.source, &result.dest), "MPI_Cart_shift",
                state, where);
  return result;
}

cartesian cartesian::sub(const std::vector<bool>& keep, call_site where) const {
  const auto& state = detail::access::state(*this, "sub", where);
  detail::check_length("sub", state, keep.size(), dims_.size(), where);
  const std::vector<int> kept(keep.begin(), keep.end());
  MPI_Comm part = MPI_COMM_NULL;
  const detail::wait_scope busy{state, "sub", where};
  detail::check(MPI_Cart_sub(state.comm, kept.data(), &part), "MPI_Cart_sub", state, where);
  return made(communicator{part, ownership::adopt});
}

}  // namespace cohort
