#include <cohort/core/host_name.hpp>
#include <cohort/pattern/crew/gang/seat_place.hpp>
#include <cohort/pattern/crew/gang/thread_needs.hpp>
#include <cohort/pattern/detail/drain_desk.hpp>
#include <cohort/pattern/detail/farm_base.hpp>
#include <cohort/pattern/detail/farm_settings.hpp>
#include <cohort/pattern/detail/farm_work.hpp>
#include <cohort/pattern/detail/surviving.hpp>

#include <fmt/format.h>

#include <chrono>
#include <cstring>

/// What the ranks of a farm do together before its first run.
namespace cohort::detail {
namespace {

const char* fault_of(const farm_options& options) {
  if (options.levels < 0 || options.levels > 2)
    return "levels is neither 0, 1 nor 2 (it is the number of levels of masters); pass 0 for the library's choice";
  if (options.ranks < 1)
    return "ranks is less than 1 (it is the number of ranks that run each task together); pass at least 1";
  if (survives(options.fault_tolerant) && options.ranks > 1)
    return "a fault-tolerant farm cannot run tasks of several ranks (the loss of one would hang the others); leave "
           "out ranks, or pass fault_tolerant = false";
  if (survives(options.fault_tolerant) && options.levels == 2)
    return "a fault-tolerant farm has one level of masters (with a sub-master its group would be lost); leave out "
           "levels, or pass fault_tolerant = false";
  if (options.window == 0) return "window is 0 (no task could be taken from the input); pass at least 1";
  if (options.timeout < std::chrono::nanoseconds{0})
    return "timeout is negative (it is a length of time); pass zero for no timeout";
  if (options.grace < std::chrono::nanoseconds{0})
    return "grace is negative (it is a length of time); pass zero for none";
  return detail::fault_of(options.drain);
}

}  // namespace

crew::levels farm_lane(const communicator& comm, const farm_options& options, int root, const call_site& where) {
  check_root("farm", access::state(comm, "farm", where), root, where);
  try {
    if (const auto* fault = fault_of(options)) throw argument_error{fault};
    if (options.ranks > comm.size()) {
      throw argument_error{fmt::format("tasks of {} ranks cannot run (there are {}); ask for at most so many",
                                       options.ranks, comm.size())};
    }
    if (options.ranks > 1 && !crew::all_multiple(comm, where))
      throw argument_error{crew::needs_multiple("a task of several ranks")};
    const dispatch::scheduler checks_the_rest{settings_of(options)};
    const bool to_survive = survives(options.fault_tolerant);
    if (to_survive) begin_to_survive("farm", comm.rank() == root, where);
    return {comm.duplicate(where), root, options.ranks > 1 || to_survive ? 1 : options.levels, host_name(), where};
  } catch (const argument_error& e) {
    throw argument_error{
        fmt::format("farm on rank {} (called at {}:{}): {}", comm.rank(), where.file, where.line, e.what())};
  }
}

farm_start::~farm_start() {
  if (survives(options_.fault_tolerant) && ranks_.all().rank() == ranks_.root()) all_have_met();
}

void farm_begin(const farm_options& options, const call_site& where) {
  if (survives(options.fault_tolerant)) begin_again("farm", where);
}

std::shared_ptr<crew::seat_place> farm_place(const crew::levels& ranks, const farm_options& options, bool wanted,
                                             const call_site& where) {
  const bool in_company = options.ranks > 1;
  if (!in_company && !wanted) return nullptr;
  if (survives(options.fault_tolerant)) {
    throw argument_error{fmt::format(
        "farm on rank {} (called at {}:{}): the function of a fault-tolerant farm cannot take a communicator (the "
        "ranks do not meet for it); leave the parameter out, or pass fault_tolerant = false",
        ranks.all().rank(), where.file, where.line)};
  }
  if (!in_company && !crew::all_multiple(ranks.all(), where)) {
    throw argument_error{fmt::format("farm on rank {} (called at {}:{}): {}", ranks.all().rank(), where.file,
                                     where.line, crew::needs_multiple("the task's communicator"))};
  }
  return std::make_shared<crew::seat_place>(ranks.all(), in_company);
}

bool in_company(const std::shared_ptr<crew::seat_place>& place) noexcept {
  return place && place->in_company();
}

std::optional<communicator> take_place(crew::seat_place& place, crew::job seat) {
  return place.take(seat);
}

crew::job take_job(std::span<const std::byte>& payload) {
  crew::job head;
  std::memcpy(&head, payload.data(), sizeof head);
  payload = payload.subspan(sizeof head);
  return head;
}

}  // namespace cohort::detail
