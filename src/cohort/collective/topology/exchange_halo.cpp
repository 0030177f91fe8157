#include <cohort/collective/topology/detail/halo_exchange.hpp>
#include <cohort/core/detail/wire_count.hpp>
#include <cohort/core/status.hpp>

#include <fmt/format.h>

#include <cstring>
#include <functional>

namespace cohort::detail {
namespace {

constexpr int first_tag = 0x8d0;

bool is_truncation(int code) {
  int result = MPI_SUCCESS;
  MPI_Error_class(code, &result);
  return result == MPI_ERR_TRUNCATE;
}

std::size_t elements(const box& of) {
  std::size_t product = 1;
  for (const auto each : of.length) product *= each;
  return product;
}

/// Calls use(offset, length), in elements, for each contiguous run of a box.
template <class Use>
void for_each_run(const box& what, std::span<const std::size_t> extents, Use&& use) {
  const std::size_t n = extents.size();
  if (elements(what) == 0) return;
  // Dimensions from `inner` on are whole, so that runs go on over them.
  std::size_t inner = n - 1;
  std::size_t run = what.length[inner];
  while (inner != 0 && what.length[inner] == extents[inner]) run *= what.length[--inner];
  std::vector<std::size_t> stride(n, 1);
  for (std::size_t d = n - 1; d-- != 0;) stride[d] = stride[d + 1] * extents[d + 1];
  std::size_t start = 0;
  for (std::size_t d = 0; d != n; ++d) start += what.from[d] * stride[d];
  std::vector<std::size_t> index(inner);
  for (;;) {
    std::size_t offset = start;
    for (std::size_t d = 0; d != inner; ++d) offset += index[d] * stride[d];
    use(offset, run);
    std::size_t d = inner;
    while (d-- != 0) {
      if (++index[d] != what.length[d]) break;
      index[d] = 0;
    }
    if (d == static_cast<std::size_t>(-1)) return;
  }
}

/// One face under way: its packed data, or where it lies if it is one run.
struct message {
  box what;
  std::byte* at = nullptr;
  std::size_t bytes = 0;
  bool packed = false;
};

/// The requests of an exchange. If an exception ends it, nobody may be waited for: receives are cancelled, since
/// their memory goes away, and sends are let go.
struct requests {
  requests() = default;
  requests(const requests&) = delete;
  requests& operator=(const requests&) = delete;
  ~requests() {
    for (std::size_t i = 0; i != raw.size(); ++i) {
      if (raw[i] == MPI_REQUEST_NULL) continue;
      if (i < receives) {
        MPI_Cancel(&raw[i]);
        MPI_Wait(&raw[i], MPI_STATUS_IGNORE);
      } else {
        MPI_Request_free(&raw[i]);
      }
    }
  }
  std::vector<MPI_Request> raw;
  std::size_t receives = 0;  // they come first
};

}  // namespace

halo_exchange::halo_exchange(const cartesian& grid, comm_state& state, std::byte* data,
                             std::span<const std::size_t> extents, std::size_t halo, std::size_t element,
                             const call_site& where)
    : grid_{grid}, state_{state}, data_{data}, extents_{extents}, halo_{halo}, element_{element}, where_{where} {
  const auto place = [&] {
    return fmt::format("exchange_halo on rank {} (called at {}:{})", state.rank, where.file, where.line);
  };
  if (extents.size() != grid.dims().size()) {
    throw argument_error{fmt::format("{}: an array of {} dimensions on a grid of {}; make them the same", place(),
                                     extents.size(), grid.dims().size())};
  }
  for (std::size_t d = 0; d != extents.size(); ++d) {
    if (extents[d] >= 3 * halo) continue;
    throw argument_error{fmt::format(
        "{}: {} elements along dimension {} do not hold a halo of {} on both sides and as much between (a "
        "neighbour's halo is filled from there); use fewer ranks along it, or a thinner halo",
        place(), extents[d], d, halo)};
  }
}

box halo_exchange::face(std::size_t dim, int side, bool inner, bool corners) const {
  box result;
  for (std::size_t d = 0; d != extents_.size(); ++d) {
    std::size_t from = halo_;
    std::size_t to = extents_[d] - halo_;
    if (d == dim) {
      from = side == 0 ? (inner ? halo_ : 0) : (inner ? extents_[d] - 2 * halo_ : extents_[d] - halo_);
      to = from + halo_;
    } else if (corners && d < dim) {
      // What the rounds before have filled; what lies beyond an edge stays out.
      if (grid_.sources()[2 * d] != proc_null) from = 0;
      if (grid_.sources()[2 * d + 1] != proc_null) to = extents_[d];
    }
    result.from.push_back(from);
    result.length.push_back(to - from);
  }
  return result;
}

void halo_exchange::exchange(std::size_t first_dim, std::size_t last_dim, bool corners) {
  // Where each face lies and how much must be packed.
  std::vector<message> in, out;
  std::vector<int> peers, tags;
  std::size_t room = 0;
  const auto plan = [&](box&& what) {
    message each{std::move(what)};
    std::size_t runs = 0;
    std::size_t offset = 0;
    for_each_run(each.what, extents_, [&](std::size_t at, std::size_t) {
      if (runs++ == 0) offset = at;
    });
    each.bytes = elements(each.what) * element_;
    each.at = data_ + offset * element_;
    each.packed = runs > 1;
    if (each.packed) room += each.bytes;
    return each;
  };
  for (std::size_t d = first_dim; d != last_dim; ++d) {
    for (const int side : {0, 1}) {
      const int peer = grid_.sources()[2 * d + static_cast<std::size_t>(side)];
      if (peer == proc_null) continue;
      peers.push_back(peer);
      tags.push_back(first_tag + static_cast<int>(2 * d) + side);
      out.push_back(plan(face(d, side, true, corners)));
      // A rank that is its own neighbour copies what it would send to the other side.
      in.push_back(plan(face(d, peer == state_.rank ? 1 - side : side, false, corners)));
    }
  }
  buffer<std::byte> packed(room);
  std::byte* free = packed.data();
  const auto pack = [&](message& each, bool fill) {
    if (!each.packed) return;
    std::byte* at = each.at = free;
    free += each.bytes;
    if (!fill) return;
    for_each_run(each.what, extents_, [&](std::size_t offset, std::size_t n) {
      std::memcpy(at, data_ + offset * element_, n * element_);
      at += n * element_;
    });
  };
  const MPI_Comm shadow = state_.shadow();
  requests pending;
  std::vector<std::size_t> expected;
  for (std::size_t i = 0; i != in.size(); ++i) {
    pack(in[i], false);
    if (peers[i] == state_.rank) continue;
    // What a neighbour sends towards its other side comes from this one.
    const wire_count wire{in[i].bytes, MPI_BYTE};
    expected.push_back(in[i].bytes);
    check(MPI_Irecv(in[i].at, wire.count(), wire.type(), peers[i], tags[i] ^ 1, shadow,
                    &pending.raw.emplace_back(MPI_REQUEST_NULL)),
          "MPI_Irecv", state_, where_, peers[i], tags[i], in[i].bytes);
  }
  pending.receives = pending.raw.size();
  for (std::size_t i = 0; i != out.size(); ++i) {
    pack(out[i], true);
    if (peers[i] == state_.rank) {
      if (in[i].bytes != 0) std::memcpy(in[i].at, out[i].at, in[i].bytes);
      continue;
    }
    const wire_count wire{out[i].bytes, MPI_BYTE};
    check(MPI_Isend(out[i].at, wire.count(), wire.type(), peers[i], tags[i], shadow,
                    &pending.raw.emplace_back(MPI_REQUEST_NULL)),
          "MPI_Isend", state_, where_, peers[i], tags[i], out[i].bytes);
  }
  // One by one: Open MPI's MPI_Waitall may wait forever if a receive has failed. All are waited for, so that no
  // neighbour waits for what this rank has to send.
  for (std::size_t i = 0; i != pending.raw.size(); ++i) {
    status done;
    const int code = MPI_Wait(&pending.raw[i], done.native());
    if (code == MPI_SUCCESS && (i >= expected.size() || done.bytes() == expected[i])) continue;
    if (problem_.empty()) {
      problem_ = fmt::format("exchange_halo on rank {} (called at {}:{}): ", state_.rank, where_.file, where_.line);
      if (code == MPI_SUCCESS) {
        problem_ += fmt::format("{} bytes came for a face of {}", done.bytes(), expected[i]);
      } else if (i < expected.size() && is_truncation(code)) {
        problem_ += fmt::format("more came than the {} bytes of a face", expected[i]);
      } else {
        check(code, "MPI_Wait", state_, where_);
      }
      problem_ +=
          " (the neighbour's array has another shape or halo); give neighbours the same extents across the "
          "dimension";
    }
  }
  for (const auto& each : in) {
    if (!each.packed) continue;
    const std::byte* at = each.at;
    for_each_run(each.what, extents_, [&](std::size_t offset, std::size_t n) {
      std::memcpy(data_ + offset * element_, at, n * element_);
      at += n * element_;
    });
  }
}

void halo_exchange::faces() {
  if (halo_ != 0) exchange(0, extents_.size(), false);
  tell_problem();
}

void halo_exchange::faces_and_corners() {
  if (halo_ == 0) return;
  for (std::size_t d = 0; d != extents_.size(); ++d) exchange(d, d + 1, true);
  tell_problem();
}

void halo_exchange::tell_problem() const {
  if (!problem_.empty()) throw error{problem_};
}

}  // namespace cohort::detail
