#include "run/input_relay.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utility>

namespace cohort_run {
namespace {

using namespace std::chrono_literals;

/// From the last byte that mpirun took to the end of its input.
constexpr auto idle = 100ms;

bool readable(int fd) {
  pollfd ready{fd, POLLIN, 0};
  return ::poll(&ready, 1, 0) > 0;
}

}  // namespace

input_relay::input_relay(descriptor to) noexcept : to_{std::move(to)} {
  (void)::fcntl(to_.get(), F_SETFL, O_NONBLOCK);
}

void input_relay::watch(std::vector<pollfd>& all) const {
  if (!to_) return;
  if (!kept_.empty()) {
    all.push_back({to_.get(), POLLOUT, 0});
  } else if (!ended_) {
    all.push_back({STDIN_FILENO, POLLIN, 0});
  }
}

void input_relay::move() {
  if (!to_) return;
  if (kept_.empty() && !ended_) read_some();
  if (!kept_.empty()) write_some();
  if (to_ && ended_ && kept_.empty()) end_in_time();
}

void input_relay::read_some() {
  if (!readable(STDIN_FILENO)) return;
  std::array<char, 65536> bytes{};
  const auto got = ::read(STDIN_FILENO, bytes.data(), bytes.size());
  if (got > 0) {
    kept_.assign(bytes.data(), static_cast<std::size_t>(got));
  } else if (got == 0 || (errno != EINTR && errno != EAGAIN)) {
    ended_ = true;
    idle_since_ = clock::now();
  }
}

void input_relay::write_some() {
  const auto written = ::write(to_.get(), kept_.data(), kept_.size());
  if (written > 0) {
    kept_.erase(0, static_cast<std::size_t>(written));
  } else if (errno != EINTR && errno != EAGAIN) {
    to_.reset();  // mpirun reads no more
  }
}

void input_relay::end_in_time() {
  int left = 0;
  const auto now = clock::now();
  if (::ioctl(to_.get(), FIONREAD, &left) == 0 && left > 0) idle_since_ = now;
  if (now > idle_since_ + idle) to_.reset();
}

}  // namespace cohort_run
