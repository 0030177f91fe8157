// cable IN OUT CONTROL: a network cable with latency, for kernels that cannot delay packets themselves.
//
// Makes the network interfaces IN and OUT (taps, so that the kernel finishes checksums and cuts what is too long
// for the wire) and carries frames between them, each DELAY +- JITTER milliseconds late and in order. Both are zero
// until a line "DELAY JITTER" comes through the fifo CONTROL; the line "end" ends the program, and the interfaces
// with it.

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <random>
#include <string>
#include <sys/ioctl.h>
#include <unistd.h>
#include <vector>

using std::chrono::steady_clock;
using milliseconds = std::chrono::duration<double, std::milli>;

static int must(int result, const char* what) {
  if (result >= 0) return result;
  std::perror(what);
  std::exit(1);
}

static int tap(const char* name) {
  const int fd = must(open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC), "/dev/net/tun");
  ifreq request{};
  request.ifr_flags = IFF_TAP | IFF_NO_PI;
  std::strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  must(ioctl(fd, TUNSETIFF, &request), name);
  return fd;
}

namespace {

struct latency {
  double delay = 0, jitter = 0;
  std::mt19937 random{};

  steady_clock::duration draw() {
    const double late = delay + jitter * std::uniform_real_distribution{-1.0, 1.0}(random);
    return std::chrono::duration_cast<steady_clock::duration>(milliseconds{std::max(late, 0.0)});
  }
};

/// What is on its way in one direction. A full wire loses what comes next, as a switch's queue does.
class wire {
 public:
  wire(int from, int to) : from_{from}, to_{to} {}

  void take(latency& late) {
    std::array<char, 2048> frame;
    for (ssize_t size = 0; (size = read(from_, frame.data(), frame.size())) > 0;) {
      if (waiting_.size() == most) continue;
      last_due_ = std::max(last_due_, steady_clock::now() + late.draw());
      waiting_.push_back({last_due_, {frame.data(), frame.data() + size}});
    }
  }

  void deliver() {
    for (const auto now = steady_clock::now(); !waiting_.empty() && waiting_.front().due <= now;
         waiting_.pop_front()) {
      const auto& bytes = waiting_.front().bytes;
      if (write(to_, bytes.data(), bytes.size()) < 0 && errno != EIO)
        std::perror("write");  // EIO: that end is down
    }
  }

  /// In milliseconds, rounded up.
  [[nodiscard]] int until_next() const {
    if (waiting_.empty()) return -1;
    return std::max(0, static_cast<int>(milliseconds{waiting_.front().due - steady_clock::now()}.count()) + 1);
  }

 private:
  static constexpr std::size_t most = 4096;
  struct frame_in_flight {
    steady_clock::time_point due;
    std::vector<char> bytes;
  };
  int from_, to_;
  steady_clock::time_point last_due_{};
  std::deque<frame_in_flight> waiting_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return std::fputs("usage: cable IN OUT CONTROL\n", stderr), 2;
  const int in = tap(argv[1]), out = tap(argv[2]),
            control = must(open(argv[3], O_RDWR | O_NONBLOCK | O_CLOEXEC), argv[3]);
  std::array wires{wire{in, out}, wire{out, in}};
  latency late;
  std::puts("ready");
  std::fflush(stdout);
  for (;;) {
    std::array<pollfd, 3> ends{{{in, POLLIN, 0}, {out, POLLIN, 0}, {control, POLLIN, 0}}};
    const int one = wires[0].until_next(), other = wires[1].until_next();
    poll(ends.data(), ends.size(), one < 0 || other < 0 ? std::max(one, other) : std::min(one, other));
    if ((ends[2].revents & POLLIN) != 0) {
      std::array<char, 64> line{};
      if (read(control, line.data(), line.size() - 1) > 0 && std::strncmp(line.data(), "end", 3) == 0) return 0;
      std::sscanf(line.data(), "%lf %lf", &late.delay, &late.jitter);
    }
    for (auto& each : wires) {
      each.take(late);
      each.deliver();
    }
  }
}
