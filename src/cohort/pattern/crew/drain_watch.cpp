#include <cohort/pattern/crew/drain_watch.hpp>
#include <cohort/pattern/crew/long_runs.hpp>
#include <cohort/pattern/crew/signal_watch.hpp>

#include <utility>
#include <variant>

namespace cohort::crew {

drain_watch drain_watch::of(const drain_options& how) {
  drain_watch made;
  if (!how.signals.empty()) made.signals = std::make_shared<signal_watch>(how.signals);
  if (!std::holds_alternative<std::monostate>(how.until.when())) made.runs = std::make_shared<long_runs>();
  return made;
}

thread_runner::function drain_watch::watched(thread_runner::function call) const {
  return runs ? long_runs::watched(runs, std::move(call)) : call;
}

}  // namespace cohort::crew
