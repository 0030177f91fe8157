#include <cohort/core/error.hpp>
#include <cohort/pattern/crew/gang/thread_needs.hpp>
#include <cohort/pattern/executor/detail/membership.hpp>
#include <cohort/pattern/executor/task_context.hpp>

#include <fmt/format.h>

namespace cohort {

const cohort::communicator& task_context::communicator() const {
  if (membership_ != nullptr) return membership_->ranks();
  throw argument_error{
      "task_context: a guarded task has no communicator (it runs in a process of its own, which cannot call MPI); "
      "run it unguarded"};
}

namespace detail {

const communicator& membership::ranks() {
  if (comm_) return *comm_;
  if (desk_ == nullptr) throw_no_threads("the task's communicator");
  return comm_.emplace(desk_->alone());
}

// Those of the chunk as a task do not count: they grow also when a rank gives it back unbegun.
attempts::attempts(task_context& here, std::uint32_t of_first) noexcept : here_{here} {
  const bool guarded = here_.membership_ == nullptr;
  here_.attempt_ = of_first + (guarded || in_company(here_) ? here_.attempt_ : 0);
}

void attempts::next() noexcept {
  here_.attempt_ = 0;
}

bool in_company(const task_context& here) noexcept {
  return here.membership_ != nullptr && here.membership_->in_company();
}

void throw_no_threads(const char* what) {
  throw argument_error{
      fmt::format("executor: {}, or give that as executor_options::mpi_threads to run_executor(argc, argv, ...)",
                  crew::needs_multiple(what))};
}

}  // namespace detail
}  // namespace cohort
