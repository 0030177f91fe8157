#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cohort_farm {

/// When to end early: --halt in GNU parallel's forms.
struct halt_rule {
  enum class when : std::uint8_t { never, soon, now };
  enum class event : std::uint8_t { fail, success, done };
  when how = when::never;
  event what = event::fail;
  std::uint64_t amount = 0;  ///< tasks, or per cent of all tasks
  bool percent = false;

  friend bool operator==(const halt_rule&, const halt_rule&) = default;
};

/// Reads `never`, `soon,fail=1`, `now,success=10%`, `now,done=5`, and the short forms 0, 1, 2, -1, -2, 10%.
/// Throws farm_error.
[[nodiscard]] halt_rule parse_halt(std::string_view text);

/// How one task ended, after its last attempt.
struct task_end {
  int exit_status = 0;
  int signal = 0;
  [[nodiscard]] bool succeeded() const noexcept { return exit_status == 0 && signal == 0; }
};

/// Judges a run by its rule. Fed with the end of every task (not of attempts that are followed by another).
class halt_policy {
 public:
  enum class verdict : std::uint8_t {
    go_on,
    soon,  ///< start nothing new
    now    ///< and end what runs
  };

  halt_policy(halt_rule rule, std::uint64_t total) noexcept : rule_{rule}, total_{total} {}

  /// The verdict stays what it once became.
  verdict ended(const task_end& how) noexcept;
  [[nodiscard]] verdict current() const noexcept { return verdict_; }

  /// The exit status that the rule asks for, as GNU parallel's; none if the ordinary one applies (no rule, or its
  /// case did not occur): with a success rule 0; after `=1` the task's own status (128 + its signal); after a
  /// number how many had failed (at most 101), after a percentage how many per cent (even if it was not reached).
  /// `undone`: tasks that were not run to their end. If there are any, a done rule asks for 101 where no task
  /// failed.
  [[nodiscard]] std::optional<int> exit_status(std::uint64_t undone = 0) const noexcept;

  /// What happened, for a message: "3 tasks failed (--halt soon,fail=3)"; empty while the verdict is go_on.
  [[nodiscard]] std::string reason() const;

 private:
  [[nodiscard]] int failed_percent() const noexcept;

  halt_rule rule_;
  std::uint64_t total_;
  std::uint64_t failed_ = 0;
  std::uint64_t succeeded_ = 0;
  verdict verdict_ = verdict::go_on;
  std::optional<int> status_;
};

}  // namespace cohort_farm
