#pragma once

#include <cohort/pattern/executor/detail/guard/guard_order.hpp>
#include <cohort/pattern/executor/detail/task_home.hpp>
#include <cohort/pattern/executor/task_context.hpp>

#include <atomic>
#include <memory>
#include <string>

namespace cohort::detail {

/// What a guarded task finds in place of its rank: it may look, but there is nobody to submit to.
class guarded_home final : public task_home {
 public:
  guarded_home(std::shared_ptr<const travel::module_table> modules,
               std::shared_ptr<const exception_types> exceptions, kept_state& state);

  [[nodiscard]] task_context context(int rank, const std::string& host, const guard_order& of);

  void submit(std::shared_ptr<future_core> core, task_frame&& frame, const task_terms& terms) override;
  bool wait(const std::function<bool()>& ready, std::optional<clock::time_point> deadline) override;
  [[nodiscard]] task_state state(const future_core& core) override { return core.last_state(); }
  [[nodiscard]] task_terms terms(const submit_options& options) const override { return checked_terms(options); }
  [[nodiscard]] std::size_t slots() override { return 1; }
  [[nodiscard]] const travel::module_table& modules() const override { return *modules_; }
  [[nodiscard]] const std::shared_ptr<const exception_types>& exceptions() const override { return exceptions_; }

 private:
  void cancel_submitted(const future_core& /*core*/) override {}
  void lost(const future_core& /*failed*/) override {}

  const std::shared_ptr<const travel::module_table> modules_;
  const std::shared_ptr<const exception_types> exceptions_;
  kept_state& state_;
  const std::atomic<bool> stop_{false};
};

}  // namespace cohort::detail
