#include <cohort/collective/detail/layout.hpp>
#include <cohort/collective/topology/detail/halo_plan.hpp>
#include <cohort/core/status.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace cohort::detail {
namespace {

constexpr int halo_tag = 0x8d0;

/// Where MPI copies a face no slower than pack() does.
constexpr std::size_t long_run = 256;
constexpr std::size_t large_face = 4 * 1024;

void check_shape(const halo_shape& shape, std::size_t dims, const comm_state& state, const call_site& where) {
  const auto& [extents, halo, element, corners] = shape;
  const auto place = [&] {
    return fmt::format("exchange_halo on rank {} (called at {}:{})", state.rank, where.file, where.line);
  };
  if (extents.size() != dims) {
    throw argument_error{fmt::format("{}: an array of {} dimensions on a grid of {}; make them the same", place(),
                                     extents.size(), dims)};
  }
  if (halo == 0) return;
  if (extents.size() > strided_box::max_dims) {
    throw argument_error{
        fmt::format("{}: an array of {} dimensions (no memory holds one with a halo); use up to {}", place(),
                    extents.size(), strided_box::max_dims)};
  }
  for (std::size_t d = 0; d != extents.size(); ++d) {
    if (extents[d] >= 3 * halo) continue;
    throw argument_error{fmt::format(
        "{}: {} elements along dimension {} do not hold a halo of {} on both sides and as much between (a "
        "neighbour's halo is filled from there); use fewer ranks along it, or a thinner halo",
        place(), extents[d], d, halo)};
  }
}

}  // namespace

halo_face::travels halo_face::way_of(const strided_box& face, bool to_self) noexcept {
  if (face.one_run()) return travels::as_it_lies;
  const bool typed = !to_self && face.run() >= long_run && face.bytes() >= large_face && face.bytes() <= int_limit;
  return typed ? travels::as_type : travels::packed;
}

halo_face::halo_face(const strided_box& what, bool to_self, std::size_t& scratch, const comm_state& state,
                     const call_site& where)
    : box_{what},
      how_{way_of(what, to_self)},
      offset_{packed() ? scratch : what.offset()},
      plain_{how_ == travels::as_type ? 0 : what.bytes(), MPI_BYTE} {
  if (packed()) scratch += what.bytes();
  if (how_ == travels::as_type) check(what.make_type(type_), "MPI_Type_create_hvector", state, where);
}

halo_face::~halo_face() {
  if (type_ != MPI_DATATYPE_NULL && mpi_active()) MPI_Type_free(&type_);
}

halo_plan::halo_plan(const cartesian& grid, const comm_state& state, const halo_shape& shape,
                     const call_site& where)
    : extents_(shape.extents.begin(), shape.extents.end()),
      halo_{shape.halo},
      element_{shape.element},
      corners_{shape.corners} {
  check_shape(shape, grid.dims().size(), state, where);
  if (halo_ == 0) return;
  const auto dims = extents_.size();
  rounds.resize(corners_ ? dims : 1);
  std::size_t room = 0;
  std::size_t most_edges = 0;
  std::size_t round_room = 0;
  for (std::size_t d = 0; d != dims; ++d) {
    auto& edges = rounds[corners_ ? d : 0];
    if (corners_) round_room = 0;
    for (const int side : {0, 1}) {
      const int peer = grid.sources()[2 * d + static_cast<std::size_t>(side)];
      if (peer == proc_null) continue;
      const bool to_self = peer == state.rank;
      edges.emplace_back(peer, halo_tag + static_cast<int>(2 * d) + side, face(grid, d, side, true),
                         face(grid, d, to_self ? 1 - side : side, false), to_self, round_room, state, where);
    }
    most_edges = std::max(most_edges, edges.size());
    room = std::max(room, round_room);
  }
  scratch = buffer<std::byte>(room);
  requests.reserve(2 * most_edges);
}

strided_box halo_plan::face(const cartesian& grid, std::size_t dim, int side, bool inner) const {
  std::array<std::size_t, strided_box::max_dims> start, length;
  const auto dims = extents_.size();
  for (std::size_t d = 0; d != dims; ++d) {
    std::size_t from = halo_;
    std::size_t to = extents_[d] - halo_;
    if (d == dim) {
      from = side == 0 ? (inner ? halo_ : 0) : (inner ? extents_[d] - 2 * halo_ : extents_[d] - halo_);
      to = from + halo_;
    } else if (corners_ && d < dim) {
      // What the rounds before have filled; what lies beyond an edge stays out.
      if (grid.sources()[2 * d] != proc_null) from = 0;
      if (grid.sources()[2 * d + 1] != proc_null) to = extents_[d];
    }
    start[d] = from;
    length[d] = to - from;
  }
  return {extents_, std::span{start}.first(dims), std::span{length}.first(dims), element_};
}

bool halo_plan::is_for(const halo_shape& shape) const noexcept {
  return halo_ == shape.halo && element_ == shape.element && corners_ == shape.corners &&
         std::equal(extents_.begin(), extents_.end(), shape.extents.begin(), shape.extents.end());
}

halo_plans::halo_plans() = default;
halo_plans::~halo_plans() = default;

void halo_plans::release() noexcept {
  plans_.clear();
}

halo_plan& halo_plans::find(const cartesian& grid, const comm_state& state, const halo_shape& shape,
                            const call_site& where) {
  auto found = std::find_if(plans_.begin(), plans_.end(), [&](const auto& each) { return each->is_for(shape); });
  if (found == plans_.end()) {
    auto made = std::make_unique<halo_plan>(grid, state, shape, where);
    if (plans_.size() == most) plans_.pop_back();
    found = plans_.insert(plans_.end(), std::move(made));
  }
  std::rotate(plans_.begin(), found, found + 1);
  return *plans_.front();
}

}  // namespace cohort::detail
