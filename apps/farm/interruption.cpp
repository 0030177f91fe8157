#include "farm/interruption.hpp"

#include <cstddef>

namespace cohort_farm {
namespace {

volatile std::sig_atomic_t received = 0;  // signal handlers reach nothing but globals

}  // namespace

interruption::interruption() {
  struct sigaction note {};
  note.sa_handler = [](int number) { received = number; };
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
  return received != 0;
}

int interruption::signal() noexcept {
  return received;
}

}  // namespace cohort_farm
