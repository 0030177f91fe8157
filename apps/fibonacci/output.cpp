#include "fibonacci/output.hpp"

#include <cerrno>
#include <system_error>
#include <unistd.h>

namespace fibonacci {

void output::write(std::string_view text) {
  constexpr std::size_t piece = 1 << 16;
  pending_ += text;
  if (pending_.size() >= piece) flush();
}

void output::flush() {
  write_now(pending_);
  pending_.clear();
}

void output::write_now(std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(descriptor_, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EPIPE) {
      throw reader_gone{};
    } else if (errno != EINTR) {
      throw std::system_error{errno, std::generic_category()};
    }
  }
}

}  // namespace fibonacci
