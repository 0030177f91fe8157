#pragma once

#include <cohort/collective/topology/cartesian.hpp>
#include <cohort/collective/topology/detail/strided_box.hpp>
#include <cohort/core/buffer.hpp>
#include <cohort/core/detail/wire_count.hpp>
#include <cohort/core/finalize_hook.hpp>

#include <mpi.h>

#include <cstddef>
#include <deque>
#include <memory>
#include <span>
#include <vector>

namespace cohort::detail {

/// What decides how a halo travels, besides the grid.
struct halo_shape {
  std::span<const std::size_t> extents;
  std::size_t halo;
  std::size_t element;  ///< bytes
  bool corners;
};

/// A face on its way in or out.
///
/// One that is one run of memory goes as it lies. One of long runs goes as an MPI type: MPI then copies it from the
/// array to the other rank's, without a buffer of ours between. One of short runs, which MPI's types copy slowly,
/// is packed here.
class halo_face {
 public:
  /// A packed face takes its room in the scratch memory from `scratch` on, and moves that.
  halo_face(const strided_box& what, bool to_self, std::size_t& scratch, const comm_state& state,
            const call_site& where);
  halo_face(const halo_face&) = delete;
  halo_face& operator=(const halo_face&) = delete;
  ~halo_face();

  [[nodiscard]] const strided_box& box() const noexcept { return box_; }
  [[nodiscard]] bool packed() const noexcept { return how_ == travels::packed; }
  /// What MPI reads or writes. @{
  [[nodiscard]] std::byte* at(std::byte* array, std::byte* scratch) const noexcept {
    return (packed() ? scratch : array) + offset_;
  }
  [[nodiscard]] int count() const noexcept { return type_ != MPI_DATATYPE_NULL ? 1 : plain_.count(); }
  [[nodiscard]] MPI_Datatype type() const noexcept { return type_ != MPI_DATATYPE_NULL ? type_ : plain_.type(); }
  /// @}

 private:
  enum class travels { as_it_lies, as_type, packed };
  static travels way_of(const strided_box& face, bool to_self) noexcept;

  strided_box box_;
  travels how_;
  std::size_t offset_;
  wire_count plain_;
  MPI_Datatype type_ = MPI_DATATYPE_NULL;
};

/// With one neighbour. A rank that is its own neighbour copies what it would send to its other side.
struct halo_edge {
  halo_edge(int rank, int number, const strided_box& leaves, const strided_box& comes, bool to_self,
            std::size_t& scratch, const comm_state& state, const call_site& where)
      : peer{rank},
        tag{number},
        out{leaves, to_self, scratch, state, where},
        in{comes, to_self, scratch, state, where} {}
  int peer;
  int tag;
  halo_face out;
  halo_face in;
};

/// The exchange of one shape, ready to be repeated: all types made, all memory there.
class halo_plan {
 public:
  /// Throws argument_error if the shape does not fit the grid.
  halo_plan(const cartesian& grid, const comm_state& state, const halo_shape& shape, const call_site& where);

  [[nodiscard]] bool is_for(const halo_shape& shape) const noexcept;

  /// All faces in one round, or one round per dimension, each with the halos that those before it have filled.
  std::vector<std::deque<halo_edge>> rounds;
  buffer<std::byte> scratch;
  /// Of the round under way. Has room for all of them.
  std::vector<MPI_Request> requests;

 private:
  [[nodiscard]] strided_box face(const cartesian& grid, std::size_t dim, int side, bool inner) const;

  std::vector<std::size_t> extents_;
  std::size_t halo_;
  std::size_t element_;
  bool corners_;
};

/// The plans of a grid's last few shapes, for as long as the grid lives. As with all collectives, no two threads
/// use them at once.
class halo_plans final : finalize_hook {
 public:
  halo_plans();
  halo_plans(const halo_plans&) = delete;
  halo_plans& operator=(const halo_plans&) = delete;
  ~halo_plans() override;

  [[nodiscard]] halo_plan& find(const cartesian& grid, const comm_state& state, const halo_shape& shape,
                                const call_site& where);

 private:
  void release() noexcept override;

  static constexpr std::size_t most = 8;
  std::vector<std::unique_ptr<halo_plan>> plans_;  ///< the last used first
};

}  // namespace cohort::detail
