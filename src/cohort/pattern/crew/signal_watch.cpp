#include <cohort/core/error.hpp>
#include <cohort/pattern/crew/signal_watch.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <mutex>

namespace cohort::crew {
namespace {

// Signal handlers reach nothing but globals: how often each has come, by number.
constexpr int numbers = 65;
std::array<std::atomic<std::uint32_t>, numbers> noted{};
static_assert(std::atomic<std::uint32_t>::is_always_lock_free);

std::atomic<std::uint32_t>& times(int number) noexcept {
  return noted[static_cast<std::size_t>(number)];
}

void take_note(int number) {
  times(number).fetch_add(1, std::memory_order_relaxed);
}

// What a process does about signals is global too: who has changed it, the last first. @{
std::mutex changing;
signal_watch* newest = nullptr;
/// @}

}  // namespace

signal_watch::signal_watch(std::span<const int> signals) {
  watched_.reserve(signals.size());
  const std::lock_guard lock{changing};
  older_ = newest;
  newest = this;
  try {
    for (const int number : signals) {
      if (!watches(number)) add(number);
    }
  } catch (...) {
    restore();
    throw;
  }
}

signal_watch::~signal_watch() {
  const std::lock_guard lock{changing};
  restore();
}

void signal_watch::add(int number) {
  struct sigaction note {};
  note.sa_handler = take_note;
  note.sa_flags = SA_RESTART;
  sigemptyset(&note.sa_mask);
  watched one{number, number > 0 && number < numbers ? times(number).load() : 0, {}};
  if (number <= 0 || number >= numbers || ::sigaction(number, &note, &one.action) != 0) {
    throw argument_error{fmt::format(
        "drain: signal {} cannot be handled (it is none, or ends processes whatever they do); name others, such as "
        "SIGTERM and SIGUSR1",
        number)};
  }
  watched_.push_back(one);
}

/// Where a newer one watches a signal too, that one restores what was done before this one.
void signal_watch::restore() noexcept {
  for (const auto& mine : watched_) {
    watched* next = nullptr;
    for (auto* each = newest; each != this; each = each->older_) {
      if (auto* const theirs = each->find(mine.number)) next = theirs;
    }
    if (next == nullptr) {
      ::sigaction(mine.number, &mine.action, nullptr);
    } else if (next->action.sa_handler == take_note) {
      next->action = mine.action;
    }
  }
  auto** at = &newest;
  while (*at != this) at = &(*at)->older_;
  *at = older_;
}

signal_watch::watched* signal_watch::find(int number) noexcept {
  const auto found = std::find_if(watched_.begin(), watched_.end(),
                                  [number](const watched& each) { return each.number == number; });
  return found == watched_.end() ? nullptr : &*found;
}

std::uint32_t signal_watch::count() const noexcept {
  std::uint32_t sum = 0;
  for (const auto& each : watched_) sum += times(each.number) - each.before;
  return sum;
}

bool signal_watch::watches(int signal) const noexcept {
  return std::any_of(watched_.begin(), watched_.end(), [&](const watched& each) { return each.number == signal; });
}

bool signal_watch::came(int signal) const noexcept {
  for (const auto& each : watched_) {
    if (each.number == signal && times(signal) != each.before) return true;
  }
  return false;
}

int signal_watch::which() const noexcept {
  for (const auto& each : watched_) {
    if (came(each.number)) return each.number;
  }
  return 0;
}

}  // namespace cohort::crew
