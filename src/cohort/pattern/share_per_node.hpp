#pragma once

#include <cohort/core/call_site.hpp>
#include <cohort/core/communicator.hpp>
#include <cohort/core/datatype.hpp>
#include <cohort/pattern/shared_data.hpp>

#include <cstddef>
#include <memory>
#include <ranges>
#include <span>
#include <type_traits>
#include <utility>

namespace cohort {

/// How share_per_node does; the same on every rank.
struct share_options {
  int root = 0;  ///< who has the elements
  /// Ranks that have one copy, where fewer than all of a node are to: 2 makes nodes of two ranks each out of every
  /// node. 0: all.
  int node_size = 0;
};

/// Elements that share_per_node has put where this rank's node can read them, for as long as this object lives.
/// Each rank gives its own up alone, when it likes. To be read as shared_data is; data() is the handle that
/// travels.
template <class T>
class node_shared {
 public:
  using value_type = T;

  /// Of nothing.
  node_shared() = default;
  node_shared(shared_data<T> data, std::shared_ptr<detail::data_home> home)
      : data_{data}, found_here_{data.name().run, std::move(home)} {}

  /// The same on every rank, and to be used wherever the rank has this object, also in tasks of an executor.
  [[nodiscard]] const shared_data<T>& data() const noexcept { return data_; }
  [[nodiscard]] std::span<const T> span() const { return data_.span(); }
  [[nodiscard]] const T* begin() const { return data_.begin(); }
  [[nodiscard]] const T* end() const { return data_.end(); }
  [[nodiscard]] const T& operator[](std::size_t i) const { return data_[i]; }
  [[nodiscard]] std::size_t size() const noexcept { return data_.size(); }
  [[nodiscard]] bool empty() const noexcept { return data_.empty(); }

 private:
  shared_data<T> data_;
  detail::enrolled found_here_;
};

namespace detail {
/// As share_per_node.
struct shared_bytes_of {
  data_name name;
  std::size_t bytes = 0;
  std::shared_ptr<data_home> home;
};
[[nodiscard]] shared_bytes_of share_bytes(const communicator& comm, std::span<const std::byte> mine,
                                          const share_options& options, const call_site& where);
}  // namespace detail

/// Puts the root's elements (a vector, an array, a span; ignored elsewhere) into memory that all ranks of a node
/// see, once on each node: before a loop or a farm whose functions look at a large table.
///
///   auto table = cohort::share_per_node(world, world.rank() == 0 ? read() : std::vector<double>{});
///   cohort::farm f{world, [&table](int i) { return table[i]; }};
///
/// Collective; blocks until every rank can read. Two splits of `comm`, an MPI_Bcast of the length and one of the
/// elements among a rank of each node, one of their place on each node, two MPI_Allreduce. Throws rank_error, on
/// every rank, if a node has no memory for it.
template <std::ranges::contiguous_range Range>
[[nodiscard]] auto share_per_node(const communicator& comm, const Range& values, share_options options = {},
                                  call_site where = call_site::current()) {
  using T = std::ranges::range_value_t<Range>;
  const shared_data<T> kinds_fit;  // or says why not
  static_cast<void>(kinds_fit);
  const std::span<const T> from{std::ranges::data(values), std::ranges::size(values)};
  auto made = detail::share_bytes(comm, std::as_bytes(from), options, where);
  return node_shared<T>{shared_data<T>{made.name, made.bytes / sizeof(T)}, std::move(made.home)};
}

}  // namespace cohort
