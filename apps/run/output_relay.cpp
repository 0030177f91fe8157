#include "run/output_relay.hpp"

#include "run/writing.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

namespace cohort_run {
output_relay::output_relay(descriptor from) noexcept : from_{std::move(from)} {
  (void)::fcntl(from_.get(), F_SETFL, O_NONBLOCK);
}

void output_relay::watch(std::vector<pollfd>& all) const {
  if (holds()) {
    all.push_back({STDOUT_FILENO, POLLOUT, 0});
  } else if (from_) {
    all.push_back({from_.get(), POLLIN, 0});
  }
}

bool output_relay::move() {
  const bool got = !holds() && from_ && read_some();
  return write_some() || got;
}

bool output_relay::read_some() {
  std::array<char, 65536> bytes{};
  const auto got = ::read(from_.get(), bytes.data(), bytes.size());
  if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN)) from_.reset();
  if (got <= 0) return false;
  if (error_ != 0) return true;  // thrown away: the writers go on
  kept_.assign(bytes.data(), static_cast<std::size_t>(got));
  done_ = 0;
  return true;
}

bool output_relay::write_some() {
  bool some = false;
  while (holds() && writable(STDOUT_FILENO)) {
    const auto written = ::write(STDOUT_FILENO, kept_.data() + done_, std::min(kept_.size() - done_, at_once));
    if (written >= 0) {
      done_ += static_cast<std::size_t>(written);
      some = true;
    } else if (errno == EINTR || errno == EAGAIN) {
      break;
    } else {
      error_ = errno;
      kept_.clear();
    }
  }
  return some;
}

}  // namespace cohort_run
