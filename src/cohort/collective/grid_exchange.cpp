#include <cohort/collective/detail/grid_exchange.hpp>
#include <cohort/core/detail/wire_count.hpp>
#include <cohort/core/status.hpp>

#include <cstdint>
#include <cstring>
#include <numeric>
#include <utility>

namespace cohort::detail {
namespace {

/// A message of either hop: a length for each of its parts, then the parts.
class bundle {
 public:
  bundle(std::size_t parts, std::size_t bytes) : bytes_(parts * sizeof(std::uint64_t) + bytes), parts_{parts} {}
  void add(std::span<const std::byte> part) {
    const std::uint64_t n = part.size();
    std::memcpy(bytes_.data() + added_++ * sizeof n, &n, sizeof n);
    if (n != 0) std::memcpy(bytes_.data() + parts_ * sizeof n + filled_, part.data(), part.size());
    filled_ += part.size();
  }
  [[nodiscard]] buffer<std::byte>& bytes() noexcept { return bytes_; }

 private:
  buffer<std::byte> bytes_;
  std::size_t parts_;
  std::size_t added_ = 0;
  std::size_t filled_ = 0;
};

/// The parts of a received bundle.
std::vector<std::span<const std::byte>> parts_of(const buffer<std::byte>& bytes, std::size_t parts) {
  std::vector<std::span<const std::byte>> result;
  result.reserve(parts);
  const std::byte* at = bytes.data() + parts * sizeof(std::uint64_t);
  for (std::size_t i = 0; i != parts; ++i) {
    std::uint64_t n = 0;
    std::memcpy(&n, bytes.data() + i * sizeof n, sizeof n);
    result.emplace_back(at, static_cast<std::size_t>(n));
    at += n;
  }
  return result;
}

/// One hop: sends out[i] to to[i], receives one bundle from each of `from`; what a rank has for itself stays here.
std::vector<buffer<std::byte>> hop(const comm_state& state, MPI_Comm shadow, int tag, std::span<const int> to,
                                   std::vector<buffer<std::byte>>& out, std::span<const int> from,
                                   const call_site& where) {
  std::vector<MPI_Request> leaving;
  leaving.reserve(to.size());
  buffer<std::byte> own;
  for (std::size_t i = 0; i != to.size(); ++i) {
    if (to[i] == state.rank) {
      own = std::move(out[i]);
      continue;
    }
    const wire_count wire{out[i].size(), MPI_BYTE};
    check(MPI_Isend(out[i].data(), wire.count(), wire.type(), to[i], tag, shadow, &leaving.emplace_back()),
          "MPI_Isend", state, where, to[i], tag, out[i].size());
  }
  std::vector<buffer<std::byte>> in;
  in.reserve(from.size());
  for (const int source : from) {
    if (source == state.rank) {
      in.push_back(std::exchange(own, {}));
      continue;
    }
    MPI_Message message = MPI_MESSAGE_NULL;
    status info;
    check(MPI_Mprobe(source, tag, shadow, &message, info.native()), "MPI_Mprobe", state, where, source, tag);
    auto& place = in.emplace_back(info.bytes());
    const wire_count wire{place.size(), MPI_BYTE};
    check(MPI_Mrecv(place.data(), wire.count(), wire.type(), &message, MPI_STATUS_IGNORE), "MPI_Mrecv", state,
          where, source, tag, place.size());
  }
  if (!leaving.empty()) {
    check(MPI_Waitall(static_cast<int>(leaving.size()), leaving.data(), MPI_STATUSES_IGNORE), "MPI_Waitall", state,
          where);
  }
  return in;
}

constexpr int row_tag = 0x6b0;
constexpr int column_tag = 0x6b1;

}  // namespace

rank_grid::rank_grid(int size) : size_{size}, columns_{1} {
  while (columns_ * columns_ < size) ++columns_;
  full_rows_ = size / columns_;
}

std::vector<int> rank_grid::row_members(int row) const {
  std::vector<int> members(static_cast<std::size_t>(columns_));
  std::iota(members.begin(), members.end(), row * columns_);
  for (int rank = full_rows_ * columns_ + row; rank < size_; rank += full_rows_) members.push_back(rank);
  return members;
}

std::vector<int> rank_grid::column_members(int column) const {
  std::vector<int> members;
  for (int rank = column; rank < size_; rank += columns_) members.push_back(rank);
  return members;
}

grid_exchange::grid_exchange(comm_state& state, std::span<const std::span<const std::byte>> parts,
                             const call_site& where)
    : counts_(static_cast<std::size_t>(state.size)), from_(static_cast<std::size_t>(state.size)) {
  const MPI_Comm shadow = state.shadow();
  const rank_grid grid{state.size};
  const int row = grid.row(state.rank);

  // Along the row: to each column, what is meant for its ranks.
  std::vector<int> to;
  std::vector<buffer<std::byte>> out;
  for (int column = 0; column != grid.columns(); ++column) {
    const auto members = grid.column_members(column);
    std::size_t bytes = 0;
    for (const int dest : members) bytes += parts[static_cast<std::size_t>(dest)].size();
    bundle each{members.size(), bytes};
    for (const int dest : members) each.add(parts[static_cast<std::size_t>(dest)]);
    to.push_back(grid.at(row, column));
    out.push_back(std::move(each.bytes()));
  }
  const auto row_members = grid.passes_on(state.rank) ? grid.row_members(row) : std::vector<int>{};
  const auto passing = hop(state, shadow, row_tag, to, out, row_members, where);

  // Along the column: to each of its ranks, what those of the row have for it.
  to.clear();
  out.clear();
  if (grid.passes_on(state.rank)) {
    to = grid.column_members(grid.column(state.rank));
    std::vector<std::vector<std::span<const std::byte>>> cut;
    cut.reserve(passing.size());
    for (const auto& each : passing) cut.push_back(parts_of(each, to.size()));
    for (std::size_t i = 0; i != to.size(); ++i) {
      std::size_t bytes = 0;
      for (const auto& of_source : cut) bytes += of_source[i].size();
      bundle each{cut.size(), bytes};
      for (const auto& of_source : cut) each.add(of_source[i]);
      out.push_back(std::move(each.bytes()));
    }
  }
  std::vector<int> passers;
  passers.reserve(static_cast<std::size_t>(grid.full_rows()));
  for (int r = 0; r != grid.full_rows(); ++r) passers.push_back(grid.at(r, grid.column(state.rank)));
  came_ = hop(state, shadow, column_tag, to, out, passers, where);

  for (int r = 0; r != grid.full_rows(); ++r) {
    const auto sources = grid.row_members(r);
    const auto arrived = parts_of(came_[static_cast<std::size_t>(r)], sources.size());
    for (std::size_t i = 0; i != sources.size(); ++i) {
      const auto source = static_cast<std::size_t>(sources[i]);
      counts_[source] = arrived[i].size();
      from_[source] = arrived[i].data();
    }
  }
}

void grid_exchange::write_to(std::byte* out) const {
  for (std::size_t r = 0; r != counts_.size(); ++r) {
    if (counts_[r] != 0) std::memcpy(out, from_[r], counts_[r]);
    out += counts_[r];
  }
}

}  // namespace cohort::detail
