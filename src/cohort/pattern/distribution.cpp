#include <cohort/core/error.hpp>
#include <cohort/pattern/distribution.hpp>

#include <fmt/format.h>

namespace cohort::detail {

void throw_no_index(std::size_t index, std::size_t size) {
  throw argument_error{fmt::format(
      "distribution: no element has the index {} (there are {}); give 0 or more and less than that", index, size)};
}

void throw_no_rank(int rank, int ranks) {
  throw argument_error{fmt::format(
      "distribution: no rank {} (it is made for {} ranks); give 0 or more and less than that", rank, ranks)};
}

void throw_bad_distribution(int ranks, std::size_t block) {
  throw argument_error{fmt::format(
      "distribution: {} ranks and blocks of {} elements (nobody would have the elements); give 1 or more of both",
      ranks, block)};
}

}  // namespace cohort::detail
