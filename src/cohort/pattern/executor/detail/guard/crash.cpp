#include <cohort/pattern/executor/detail/guard/crash.hpp>
#include <cohort/pattern/executor/detail/remote_call.hpp>
#include <cohort/pattern/executor/task_context.hpp>
#include <cohort/pattern/executor/task_crashed.hpp>
#include <cohort/serial/pack.hpp>

#include <fmt/format.h>

#include <array>
#include <csignal>
#include <cstring>
#include <string>
#include <sys/wait.h>

namespace cohort::detail {
namespace {

std::string signal_name(int number) {
  const auto* const name = ::sigabbrev_np(number);
  return name != nullptr ? fmt::format("SIG{}", name) : fmt::format("signal {}", number);
}

std::string text_of(int status) {
  if (WIFEXITED(status)) return fmt::format("it ended its process with exit status {}", WEXITSTATUS(status));
  const auto number = WTERMSIG(status);
  return fmt::format("its process was ended by {}{}", signal_name(number),
                     number == SIGKILL ? " (the kernel sends it when memory runs out)" : "");
}

}  // namespace

failure_record record_crash(const task_context& here, int status) {
  failure_record record;
  record.failure.type = "cohort::task_crashed";
  record.failure.message = text_of(status);
  record.failure.rank = here.rank();
  record.failure.host = here.host();
  record.failure.task = here.task();
  record.failure.attempt = here.attempt();
  const std::array how{WIFSIGNALED(status) ? WTERMSIG(status) : 0, WIFEXITED(status) ? WEXITSTATUS(status) : 0};
  record.exception.type = crashed;
  append_packed(record.exception.bytes, how);
  return record;
}

void raise_crash(const exception_types::written& from, const task_failure& where) {
  const auto how = serial::unpack<std::array<int, 2>>(from.bytes);
  throw task_crashed{where, how[0], how[1]};
}

}  // namespace cohort::detail
