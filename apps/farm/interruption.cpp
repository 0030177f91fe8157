#include "farm/interruption.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <ctime>

namespace cohort_farm {
namespace {

// Signal handlers reach nothing but globals.
volatile std::sig_atomic_t ended_by = 0;
std::array<std::atomic<std::int64_t>, 32> when{};  // nanoseconds of the steady clock, by number; 0: never
static_assert(std::atomic<std::int64_t>::is_always_lock_free);

void take_note(int number) {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  when[static_cast<std::size_t>(number)] = std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
  if (number != SIGUSR1) ended_by = number;
}

}  // namespace

interruption::interruption() {
  struct sigaction note {};
  note.sa_handler = take_note;
  sigemptyset(&note.sa_mask);
  for (std::size_t i = 0; i != watched_.size(); ++i) {
    ::sigaction(watched_[i], nullptr, &before_[i]);
    if (before_[i].sa_handler != SIG_IGN) ::sigaction(watched_[i], &note, nullptr);
  }
}

interruption::~interruption() {
  for (std::size_t i = 0; i != watched_.size(); ++i) ::sigaction(watched_[i], &before_[i], nullptr);
}

bool interruption::requested() noexcept {
  return ended_by != 0;
}

int interruption::signal() noexcept {
  return ended_by;
}

bool interruption::drain_requested() noexcept {
  return received(SIGUSR1).has_value();
}

std::optional<std::chrono::steady_clock::time_point> interruption::received(int number) noexcept {
  if (number <= 0 || static_cast<std::size_t>(number) >= when.size()) return std::nullopt;
  const std::int64_t at = when[static_cast<std::size_t>(number)];
  if (at == 0) return std::nullopt;
  return std::chrono::steady_clock::time_point{std::chrono::nanoseconds{at}};
}

}  // namespace cohort_farm
