#include <cohort/collective/detail/layout.hpp>
#include <cohort/collective/topology/detail/halo_exchange.hpp>
#include <cohort/core/buffer.hpp>
#include <cohort/core/detail/wire_count.hpp>
#include <cohort/core/status.hpp>

#include <fmt/format.h>

#include <array>
#include <cstring>
#include <vector>

namespace cohort::detail {
namespace {

constexpr int first_tag = 0x8d0;

bool is_truncation(int code) {
  int result = MPI_SUCCESS;
  MPI_Error_class(code, &result);
  return result == MPI_ERR_TRUNCATE;
}

/// Where making an MPI type is worth its microsecond: it saves a copy on each side.
constexpr std::size_t long_run = 256;
constexpr std::size_t large_face = 4 * 1024;

enum class travels { as_it_lies, as_type, packed };

[[nodiscard]] travels way_of(const strided_box& face, bool to_self) noexcept {
  if (face.one_run()) return travels::as_it_lies;
  const bool typed = !to_self && face.run() >= long_run && face.bytes() >= large_face && face.bytes() <= int_limit;
  return typed ? travels::as_type : travels::packed;
}

/// A face on its way in or out.
struct message {
  strided_box what;
  travels how;
  std::byte* at = nullptr;  ///< what MPI reads or writes

  [[nodiscard]] std::size_t room() const noexcept { return how == travels::packed ? what.bytes() : 0; }
};

/// With one neighbour.
struct two_ways {
  int peer;
  int tag;
  message out, in;
};

/// The memory of a message as MPI takes it; a type made for it is freed with this (MPI keeps it for the transfer).
class wire_message {
 public:
  wire_message(const message& what, const comm_state& state, const call_site& where)
      : plain_{what.how == travels::as_type ? 0 : what.what.bytes(), MPI_BYTE} {
    if (what.how == travels::as_type) check(what.what.make_type(type_), "MPI_Type_create_hvector", state, where);
  }
  wire_message(const wire_message&) = delete;
  wire_message& operator=(const wire_message&) = delete;
  ~wire_message() {
    if (type_ != MPI_DATATYPE_NULL) MPI_Type_free(&type_);
  }
  [[nodiscard]] int count() const noexcept { return type_ != MPI_DATATYPE_NULL ? 1 : plain_.count(); }
  [[nodiscard]] MPI_Datatype type() const noexcept { return type_ != MPI_DATATYPE_NULL ? type_ : plain_.type(); }

 private:
  wire_count plain_;
  MPI_Datatype type_ = MPI_DATATYPE_NULL;
};

/// The requests of an exchange. If an exception ends it, nobody may be waited for: receives are cancelled, since
/// their memory goes away, and sends are let go.
struct requests {
  explicit requests(std::size_t n) { raw.reserve(n); }
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
  [[nodiscard]] MPI_Request* next() { return &raw.emplace_back(MPI_REQUEST_NULL); }
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

strided_box halo_exchange::face(std::size_t dim, int side, bool inner, bool corners) const {
  std::array<std::size_t, strided_box::max_dims> start, length;
  const auto dims = extents_.size();
  for (std::size_t d = 0; d != dims; ++d) {
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
    start[d] = from;
    length[d] = to - from;
  }
  return {extents_, std::span{start}.first(dims), std::span{length}.first(dims), element_};
}

void halo_exchange::exchange(std::size_t first_dim, std::size_t last_dim, bool corners) {
  std::vector<two_ways> edges;
  edges.reserve(2 * (last_dim - first_dim));
  std::size_t room = 0;
  for (std::size_t d = first_dim; d != last_dim; ++d) {
    for (const int side : {0, 1}) {
      const int peer = grid_.sources()[2 * d + static_cast<std::size_t>(side)];
      if (peer == proc_null) continue;
      // A rank that is its own neighbour copies what it would send to the other side.
      const bool to_self = peer == state_.rank;
      const auto out = face(d, side, true, corners);
      const auto in = face(d, to_self ? 1 - side : side, false, corners);
      const int tag = first_tag + static_cast<int>(2 * d) + side;
      const auto& edge =
          edges.emplace_back(two_ways{peer, tag, {out, way_of(out, to_self)}, {in, way_of(in, to_self)}});
      room += edge.out.room() + edge.in.room();
    }
  }
  buffer<std::byte> packed(room);
  std::byte* free = packed.data();
  for (auto& edge : edges) {
    for (auto* each : {&edge.out, &edge.in}) {
      each->at = each->how == travels::packed ? free : data_ + each->what.offset();
      free += each->room();
    }
  }

  const MPI_Comm shadow = state_.shadow();
  requests pending{2 * edges.size()};
  std::vector<std::size_t> expected;
  expected.reserve(edges.size());
  for (const auto& [peer, tag, out, in] : edges) {
    if (peer == state_.rank) continue;
    // What a neighbour sends towards its other side comes from this one.
    const wire_message wire{in, state_, where_};
    check(MPI_Irecv(in.at, wire.count(), wire.type(), peer, tag ^ 1, shadow, pending.next()), "MPI_Irecv", state_,
          where_, peer, tag, in.what.bytes());
    ++pending.receives;
    expected.push_back(in.what.bytes());
  }
  for (const auto& [peer, tag, out, in] : edges) {
    if (out.how == travels::packed) out.what.pack(out.at, data_);
    if (peer == state_.rank) {
      if (out.what.bytes() != 0) std::memcpy(in.at, out.at, out.what.bytes());
      continue;
    }
    const wire_message wire{out, state_, where_};
    check(MPI_Isend(out.at, wire.count(), wire.type(), peer, tag, shadow, pending.next()), "MPI_Isend", state_,
          where_, peer, tag, out.what.bytes());
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
  for (const auto& edge : edges) {
    if (edge.in.how == travels::packed) edge.in.what.unpack(data_, edge.in.at);
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
