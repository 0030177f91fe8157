#include <cohort/core/error.hpp>
#include <cohort/core/exception_text.hpp>
#include <cohort/pattern/executor/detail/kept_state.hpp>

#include <fmt/format.h>

namespace cohort::detail {

void kept_state::make() {
  const std::lock_guard lock{mutex_};
  if (made_ != nullptr || !how_) return;
  made_ = how_.make();
  there_.store(made_.get(), std::memory_order_release);
}

void* kept_state::get(const std::type_info& wanted) {
  if (how_ && how_.type() == wanted) {
    if (auto* const there = there_.load(std::memory_order_acquire)) return there;
    make();
    return there_.load(std::memory_order_acquire);
  }
  if (!how_) {
    throw argument_error{
        fmt::format("task_context::state: a task asks for a {}, and the ranks have no state (nothing was given to "
                    "make one); set executor_options::state to a rank_state",
                    type_name(wanted))};
  }
  throw argument_error{
      fmt::format("task_context::state: a task asks for a {}, and the ranks' state is a {} (what the function of "
                  "rank_state returns); ask for this type",
                  type_name(wanted), type_name(how_.type()))};
}

}  // namespace cohort::detail
