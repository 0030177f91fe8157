#include <cohort/core/detail/wire_count.hpp>
#include <cohort/core/error.hpp>

#include <fmt/format.h>

namespace cohort::detail {

MPI_Datatype wire_count::make_large(std::size_t n, MPI_Datatype element) {
  constexpr std::size_t block = std::size_t{1} << 30;
  const std::size_t blocks = n / block;
  const std::size_t rest = n % block;
  if (blocks > static_cast<std::size_t>(INT_MAX)) {
    throw argument_error{
        fmt::format("a message of {} elements is too long (at most 2^61 fit); send it in parts", n)};
  }
  MPI_Aint lower = 0;
  MPI_Aint extent = 0;
  MPI_Type_get_extent(element, &lower, &extent);
  MPI_Datatype one_block = MPI_DATATYPE_NULL;
  MPI_Datatype all_blocks = MPI_DATATYPE_NULL;
  MPI_Type_contiguous(static_cast<int>(block), element, &one_block);
  MPI_Type_contiguous(static_cast<int>(blocks), one_block, &all_blocks);
  const int lengths[] = {1, static_cast<int>(rest)};
  const MPI_Aint offsets[] = {0, static_cast<MPI_Aint>(blocks * block) * extent};
  const MPI_Datatype types[] = {all_blocks, element};
  MPI_Datatype whole = MPI_DATATYPE_NULL;
  MPI_Type_create_struct(2, lengths, offsets, types, &whole);
  MPI_Type_commit(&whole);
  MPI_Type_free(&one_block);
  MPI_Type_free(&all_blocks);
  return whole;
}

int narrow_count(std::size_t n, const char* routine) {
  if (n > static_cast<std::size_t>(INT_MAX)) {
    throw argument_error{fmt::format(
        "{}: a count or displacement of {} (MPI takes at most 2147483647 here); exchange the data in parts",
        routine, n)};
  }
  return static_cast<int>(n);
}

}  // namespace cohort::detail
