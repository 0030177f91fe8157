#include <cohort/core/exception_text.hpp>
#include <cohort/pattern/task_error.hpp>

#include <fmt/format.h>

namespace cohort {

std::string task_failure::describe() const {
  const auto which = name.empty() ? fmt::format("task {}", task) : fmt::format("task {} ({})", task, name);
  const auto place = rank < 0 ? std::string{} : fmt::format(" on rank {} ({})", rank, host);
  switch (reason) {
    case dispatch::end_reason::timed_out:
      return fmt::format("{} overran its timeout{}{}, attempt {}; give it more time, or smaller tasks", which,
                         message.empty() ? "" : " of " + message, place, attempt + 1);
    case dispatch::end_reason::cancelled:
      return fmt::format("{} was cancelled", which);
    case dispatch::end_reason::expired:
      return fmt::format("{} was not begun in time; let it expire later, or give it a greater priority", which);
    case dispatch::end_reason::lost:
      return fmt::format("{} was lost with its workers, the last one{}, attempt {}; it probably ends them", which,
                         place, attempt + 1);
    case dispatch::end_reason::drained:
      return fmt::format("{} was not run to its end ({}); run it again in the program's next life", which, message);
    case dispatch::end_reason::failed:
      break;
  }
  return fmt::format("{} failed{}, attempt {}: {}: {}", which, place, attempt + 1, type, message);
}

namespace detail {

task_failure describe_current_exception() {
  auto text = current_exception_text();
  // A failure that passes through a thousand tasks which wait for each other names each of them.
  constexpr std::size_t ends = 1000;
  if (text.message.size() > 3 * ends) {
    text.message = fmt::format("{} [... {} characters ...] {}", text.message.substr(0, ends),
                               text.message.size() - 2 * ends, text.message.substr(text.message.size() - ends));
  }
  return {.type = std::move(text.type), .message = std::move(text.message), .host = {}};
}

}  // namespace detail
}  // namespace cohort
