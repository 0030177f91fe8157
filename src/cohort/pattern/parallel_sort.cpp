#include <cohort/core/error.hpp>
#include <cohort/pattern/parallel_sort.hpp>

#include <fmt/format.h>

namespace cohort::detail {

void throw_no_order(const communicator& comm, const call_site& where) {
  throw argument_error{fmt::format(
      "parallel_sort on rank {} (called at {}:{}): the comparator is no strict weak ordering (NaN among "
      "the values? <= instead of <?); give one, or take out what has no place in the order",
      comm.rank(), where.file, where.line)};
}

}  // namespace cohort::detail
