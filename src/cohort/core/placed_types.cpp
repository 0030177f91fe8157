#include <cohort/core/detail/placed_types.hpp>
#include <cohort/core/detail/wire_count.hpp>

namespace cohort::detail {

placed_types::~placed_types() {
  if (!mpi_active()) return;
  for (auto& each : types_) MPI_Type_free(&each);
}

MPI_Datatype placed_types::add(std::size_t n, MPI_Datatype element, std::size_t bytes, const comm_state& state,
                               const call_site& where) {
  types_.reserve(types_.size() + 1);
  const wire_count all{n, element};
  const int count = all.count();
  const auto at = static_cast<MPI_Aint>(bytes);
  MPI_Datatype made = MPI_DATATYPE_NULL;
  check(MPI_Type_create_hindexed(1, &count, &at, all.type(), &made), "MPI_Type_create_hindexed", state, where);
  types_.push_back(made);
  check(MPI_Type_commit(&types_.back()), "MPI_Type_commit", state, where);
  return types_.back();
}

}  // namespace cohort::detail
