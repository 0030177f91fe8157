#include "farm/report/progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unistd.h>

namespace cohort_farm {

std::string readable_seconds(double seconds) {
  if (!(seconds > 0)) return "0 s";
  if (seconds > 86400.0 * 36500) return "years";
  const auto s = static_cast<std::uint64_t>(std::ceil(seconds));
  if (s < 60) return fmt::format("{} s", s);
  if (s < 3600) return fmt::format("{} min {} s", s / 60, s % 60);
  if (s < 86400) return fmt::format("{} h {} min", s / 3600, s % 3600 / 60);
  return fmt::format("{} d {} h", s / 86400, s % 86400 / 3600);
}

std::string progress_line(const progress_state& now, std::size_t width) {
  const auto done = std::min(now.earlier + now.done, now.total);
  const auto percent = now.total == 0 ? 100 : done * 100 / now.total;
  auto line = fmt::format("{:3}% {}/{} done", percent, done, now.total);
  if (now.failed != 0) line += fmt::format(", {} failed", now.failed);
  line += fmt::format(", {} running", now.running);
  if (now.done != 0 && now.seconds > 0) {
    const double rate = static_cast<double>(now.done) / now.seconds;
    line += rate >= 1 ? fmt::format(", {:.1f}/s", rate) : fmt::format(", {:.1f}/min", 60 * rate);
    line += fmt::format(", {} left", readable_seconds(static_cast<double>(now.total - done) / rate));
  }
  if (line.size() > width) line.resize(width);
  return line;
}

void progress_display::update(const progress_state& state, clock::time_point now) {
  if (!due(now)) return;
  next_ = now + interval;
  shown_ = true;
  write("\r" + progress_line(state) + "\x1b[K");  // then erases to the end of the line
}

void progress_display::clear() {
  if (!shown_) return;
  shown_ = false;
  write("\r\x1b[K");
}

void progress_display::write(const std::string& text) {
  // Progress is not worth an error, nor a second attempt.
  if (::write(fd_, text.data(), text.size()) < 0) wanted_ = false;
}

bool is_terminal(int fd) {
  return ::isatty(fd) == 1;
}

}  // namespace cohort_farm
