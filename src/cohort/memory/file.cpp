#include <cohort/core/mpi_error.hpp>
#include <cohort/memory/file.hpp>

namespace cohort {

void file::remove(const std::string& path, call_site where) {
  if (const int code = MPI_File_delete(path.c_str(), MPI_INFO_NULL); code != MPI_SUCCESS) {
    detail::throw_mpi_error(code, {.routine = "MPI_File_delete", .where = where, .object = path.c_str()});
  }
}

}  // namespace cohort
