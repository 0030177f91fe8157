#include "farm/interruption.hpp"

#include <array>
#include <csignal>

namespace cohort_farm {
namespace {

volatile std::sig_atomic_t received = 0;  // signal handlers reach nothing but globals
constexpr std::array watched{SIGINT, SIGTERM, SIGHUP};

}  // namespace

interruption::interruption() {
  struct sigaction note {};
  note.sa_handler = [](int number) { received = number; };
  sigemptyset(&note.sa_mask);
  for (const int number : watched) ::sigaction(number, &note, nullptr);
}

interruption::~interruption() {
  for (const int number : watched) std::signal(number, SIG_DFL);
}

bool interruption::requested() noexcept {
  return received != 0;
}

int interruption::signal() noexcept {
  return received;
}

}  // namespace cohort_farm
