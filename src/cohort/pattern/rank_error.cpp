#include <cohort/collective/allreduce.hpp>
#include <cohort/collective/bcast.hpp>
#include <cohort/core/exception_text.hpp>
#include <cohort/core/host_name.hpp>
#include <cohort/pattern/rank_error.hpp>

#include <fmt/format.h>

namespace cohort {

std::string rank_failure::describe() const {
  return fmt::format("{} failed on rank {} ({}) in the {}: {}: {}", routine, rank, host, during, type, message);
}

namespace detail {

rank_failure describe_rank_failure(const communicator& comm, std::string routine, std::string during) {
  auto text = current_exception_text();
  return {.routine = std::move(routine),
          .during = std::move(during),
          .type = std::move(text.type),
          .message = std::move(text.message),
          .host = host_name(),
          .rank = comm.rank()};
}

void throw_rank_error(const communicator& comm, int failed, const std::optional<rank_failure>& mine,
                      call_site where) {
  auto what = comm.rank() == failed ? mine.value() : rank_failure{};
  comm.bcast(what, {.root = failed}, where);
  throw rank_error{std::move(what)};
}

void throw_any_rank_error(const communicator& comm, const std::optional<rank_failure>& mine,
                          const call_site& where) {
  const int failed = comm.allreduce(mine ? comm.rank() : comm.size(), minimum{}, where);
  if (failed != comm.size()) throw_rank_error(comm, failed, mine, where);
}

}  // namespace detail
}  // namespace cohort
