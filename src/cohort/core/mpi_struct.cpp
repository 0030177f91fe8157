#include <cohort/core/mpi_error.hpp>
#include <cohort/core/mpi_struct.hpp>

#include <fmt/format.h>

namespace cohort::detail {

void check_type(int code, const char* routine) {
  if (code != MPI_SUCCESS) throw_mpi_error(code, {.routine = routine, .where = {}});
}

void check_wire_size(MPI_Datatype type, std::size_t wire_size) {
  MPI_Count size = 0;
  check_type(MPI_Type_size_x(type, &size), "MPI_Type_size_x");
  if (static_cast<std::size_t>(size) != wire_size) {
    throw argument_error{
        fmt::format("an mpi_struct says {} bytes, but its MPI type has {} (messages would be counted wrongly); "
                    "correct wire_size",
                    wire_size, size)};
  }
}

}  // namespace cohort::detail
