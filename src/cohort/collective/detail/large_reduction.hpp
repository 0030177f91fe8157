#pragma once

#include <cohort/collective/detail/reduction.hpp>
#include <cohort/core/detail/wire_count.hpp>
#include <cohort/core/finalize_hook.hpp>

#include <utility>

namespace cohort::detail {

/// Any number of elements as one element of MPI.
class whole_range {
 public:
  whole_range(std::size_t n, MPI_Datatype element) {
    const wire_count wire{n, element};
    MPI_Type_contiguous(wire.count(), wire.type(), &type_);
    MPI_Type_commit(&type_);
  }
  whole_range(const whole_range&) = delete;
  whole_range& operator=(const whole_range&) = delete;
  ~whole_range() { MPI_Type_free(&type_); }
  [[nodiscard]] MPI_Datatype type() const noexcept { return type_; }

 private:
  MPI_Datatype type_ = MPI_DATATYPE_NULL;
};

/// The reduction of whole ranges, element by element. Made at the first use, freed at MPI_Finalize.
template <class Reduction>
class whole_range_op final : finalize_hook {
 public:
  static MPI_Op op() {
    static whole_range_op instance;
    return instance.op_;
  }

 private:
  whole_range_op() { MPI_Op_create(&whole_range_op::apply, reduced<Reduction>::commutes ? 1 : 0, &op_); }
  void release() noexcept override { MPI_Op_free(&op_); }
  static void apply(void* left, void* right, int* length, MPI_Datatype* range) noexcept {
    MPI_Count all = 0;
    MPI_Count each = 0;
    MPI_Type_size_x(*range, &all);
    MPI_Type_size_x(Reduction::type(), &each);
    const auto n = static_cast<std::size_t>(all / each) * static_cast<std::size_t>(*length);
    in_pieces<Reduction>(left, right, n, int_limit, [](const void* a, void* b, int count) {
      MPI_Reduce_local(a, b, count, Reduction::type(), Reduction::op());
    });
  }
  MPI_Op op_ = MPI_OP_NULL;
};

/// call(count, type, op) for `n` elements in one call, as a non-blocking reduction needs it: beyond the limit they
/// are one element. MPI keeps the type alive for a pending request.
template <class Reduction, class Call>
auto in_one_call(std::size_t n, std::size_t limit, Call&& call) {
  if (n <= limit) [[likely]]
    return call(static_cast<int>(n), Reduction::type(), Reduction::op());
  const whole_range range{n, Reduction::type()};
  return call(1, range.type(), whole_range_op<Reduction>::op());
}

}  // namespace cohort::detail
