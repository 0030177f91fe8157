#include <cohort/cluster/fault_tolerance.hpp>
#include <cohort/cluster/sign_of_life.hpp>
#include <cohort/cluster/verdict.hpp>
#include <cohort/core/detail/loss.hpp>
#include <cohort/core/error.hpp>
#include <cohort/pattern/detail/surviving.hpp>

#include <fmt/format.h>

#include <chrono>
#include <unistd.h>

namespace cohort::detail {
namespace {

/// mpirun --enable-recovery would hide it.
void leave_status(int status) {
  constexpr int bits = 0xff;  // of an exit status
  cluster::leave_verdict({status & bits, "the program has ended"});
}

/// From now on, until the process ends; until all have met, for so long at most, since a rank that is lost in a
/// collective call makes the others wait for ever. Never destroyed: a forked child that calls exit() has no thread
/// to join.
cluster::sign_of_life& life() {
  constexpr std::chrono::minutes meeting{10};  // initializers may take long
  static auto* const alive = new cluster::sign_of_life{meeting};
  return *alive;
}

}  // namespace

bool survives(const std::optional<bool>& wanted) {
  return wanted ? *wanted : cluster::fault_tolerant();
}

crew::survival survival_of(bool on) {
  crew::survival result;
  result.on = on;
  return result;
}

void tell_loss(const char* pattern, int rank, const std::string& host, std::string_view why) noexcept {
  try {
    const auto line = fmt::format("cohort: {}: rank {}{} is lost ({}); what it ran runs again elsewhere\n", pattern,
                                  rank, host.empty() ? std::string{} : fmt::format(" ({})", host), why);
    // One write(2), so that lines of several ranks do not mix.
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
  } catch (...) {  // NOLINT(bugprone-empty-catch): the report tells it, too
  }
}

void begin_again(const char* pattern, const call_site& where) {
  if (loss_noted()) {
    throw error{fmt::format(
        "{} (called at {}:{}): a rank of this job was lost before (all ranks begin this together, so it would be "
        "waited for without end); let one fault-tolerant pattern do the job's work, or start another job for the "
        "rest",
        pattern, where.file, where.line)};
  }
}

void all_have_met() {
  life().begun();
}

void begin_to_survive(const char* pattern, bool root, const call_site& where) {
  begin_again(pattern, where);
  expect_losses();
  if (!root) return;
  at_end(&leave_status);
  (void)life();
}

}  // namespace cohort::detail
