#include <cohort/async/pipe.hpp>
#include <cohort/core/error.hpp>

#include <fmt/format.h>

namespace cohort::detail {

void check_pipe(const communicator& comm, std::pair<int, int> ends, const call_site& where) {
  const auto is_rank = [&](int rank) { return rank >= 0 && rank < comm.size(); };
  if (is_rank(ends.first) && is_rank(ends.second) && ends.first != ends.second) return;
  throw argument_error{
      fmt::format("pipe on rank {} (called at {}:{}): its ends are ranks {} and {} (they must be two "
                  "different ranks of 0 to {}); name two",
                  comm.rank(), where.file, where.line, ends.first, ends.second, comm.size() - 1)};
}

}  // namespace cohort::detail
