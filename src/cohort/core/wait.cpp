#include <cohort/core/detail/completion.hpp>
#include <cohort/core/detail/waiting.hpp>
#include <cohort/core/detail/wire_count.hpp>

namespace cohort::detail {

int wait_all(std::span<MPI_Request> raw, MPI_Status* statuses) {
  return MPI_Waitall(narrow_count(raw.size(), "wait_all"), raw.data(), statuses);
}

int test_all(std::span<MPI_Request> raw, MPI_Status* statuses, bool& done) {
  int flag = 0;
  const int code = MPI_Testall(narrow_count(raw.size(), "test_all"), raw.data(), &flag, statuses);
  done = flag != 0;
  looked("test_all", done);
  return code;
}

int wait_any(std::span<MPI_Request> raw, MPI_Status& status, int& index) {
  return MPI_Waitany(narrow_count(raw.size(), "wait_any"), raw.data(), &index, &status);
}

int test_any(std::span<MPI_Request> raw, MPI_Status& status, int& index) {
  int flag = 0;
  const int code = MPI_Testany(narrow_count(raw.size(), "test_any"), raw.data(), &index, &flag, &status);
  if (code == MPI_SUCCESS && flag == 0) index = MPI_UNDEFINED;
  looked("test_any", flag != 0);
  return code;
}

int wait_some(std::span<MPI_Request> raw, MPI_Status* statuses, int* indices, int& number) {
  return MPI_Waitsome(narrow_count(raw.size(), "wait_some"), raw.data(), &number, indices, statuses);
}

int test_some(std::span<MPI_Request> raw, MPI_Status* statuses, int* indices, int& number) {
  const int code = MPI_Testsome(narrow_count(raw.size(), "test_some"), raw.data(), &number, indices, statuses);
  looked("test_some", number != 0);
  return code;
}

void throw_call_failed(int code, const char* routine, const call_site& where) {
  throw_mpi_error(code, {.routine = routine, .where = where});
}

}  // namespace cohort::detail
