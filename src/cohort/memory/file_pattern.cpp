#include <cohort/core/detail/wire_count.hpp>
#include <cohort/memory/detail/file_state.hpp>

#include <fmt/format.h>

namespace cohort::detail {

MPI_Datatype file_pattern::elements(MPI_Datatype type, std::size_t each) {
  MPI_Datatype result = MPI_DATATYPE_NULL;
  MPI_Type_contiguous(narrow_count(each, "file::set_view"), type, &result);
  return result;
}

MPI_Datatype file_pattern::of(const vector_view& pattern, MPI_Datatype element, std::size_t size,
                              const call_site& where) {
  if (pattern.block == 0 || pattern.stride < pattern.block) {
    throw argument_error{
        fmt::format("file::set_view (called at {}:{}): blocks of {} elements every {} (they would be "
                    "empty, or overlap); use 1 <= block <= stride",
                    where.file, where.line, pattern.block, pattern.stride)};
  }
  const MPI_Datatype block = elements(element, pattern.block);
  MPI_Datatype result = block;
  if (pattern.stride != pattern.block) {
    MPI_Datatype whole = block;
    MPI_Type_create_resized(whole, 0, static_cast<MPI_Aint>(pattern.stride * size), &result);
    MPI_Type_free(&whole);
  }
  return result;
}

MPI_Datatype file_pattern::of(const subarray_view& pattern, MPI_Datatype element, const call_site& where) {
  const auto complain = [&](const std::string& problem) {
    throw argument_error{fmt::format("file::set_view (called at {}:{}): {}", where.file, where.line, problem)};
  };
  const std::size_t dimensions = pattern.sizes.size();
  if (dimensions == 0 || pattern.subsizes.size() != dimensions || pattern.starts.size() != dimensions) {
    complain(fmt::format("{} sizes, {} subsizes, {} starts (there is one of each per dimension); give as many",
                         dimensions, pattern.subsizes.size(), pattern.starts.size()));
  }
  for (std::size_t i = 0; i != dimensions; ++i) {
    const int size = pattern.sizes[i];
    const int part = pattern.subsizes[i];
    const int start = pattern.starts[i];
    if (part < 1 || start < 0 || start > size - part) {
      complain(
          fmt::format("{} elements from {} in dimension {} of size {} (they are not all in the array); use 1 <= "
                      "subsize, 0 <= start <= size - subsize",
                      part, start, i, size));
    }
  }
  MPI_Datatype result = MPI_DATATYPE_NULL;
  MPI_Type_create_subarray(static_cast<int>(dimensions), pattern.sizes.data(), pattern.subsizes.data(),
                           pattern.starts.data(), MPI_ORDER_C, element, &result);
  return result;
}

}  // namespace cohort::detail
