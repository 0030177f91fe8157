#include <cohort/core/error.hpp>
#include <cohort/pattern/detail/data_home.hpp>
#include <cohort/pattern/executor/detail/failure_record.hpp>
#include <cohort/pattern/executor/detail/guard/crash.hpp>
#include <cohort/pattern/executor/detail/guard/guard_life.hpp>
#include <cohort/pattern/executor/detail/guard/guard_process.hpp>
#include <cohort/pattern/executor/detail/nested_note.hpp>
#include <cohort/pattern/executor/detail/remote_call.hpp>
#include <cohort/pattern/executor/task_context.hpp>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <fcntl.h>
#include <iostream>
#include <optional>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace cohort::detail {
namespace {

/// The rank's end of a guarded task.
class conversation {
 public:
  conversation(descriptor data, descriptor status, std::span<const std::byte> frame)
      : data_{std::move(data)}, status_{std::move(status)}, unsent_{frame} {
    ::fcntl(data_.get(), F_SETFL, O_NONBLOCK);
  }

  /// Sends and receives for a while. True: the process has ended.
  bool step(int milliseconds) {
    const auto wanted = static_cast<short>(POLLIN | (unsent_.empty() ? 0 : POLLOUT));
    std::array<pollfd, 2> on{pollfd{data_.get(), wanted, 0}, pollfd{status_.get(), POLLIN, 0}};
    if (over_) on[0].fd = -1;
    if (::poll(on.data(), on.size(), milliseconds) <= 0) return false;
    if ((on[0].revents & POLLOUT) != 0) put();
    if ((on[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0) take();
    if (on[1].revents == 0) return false;
    int status = 0;
    if (::read(status_.get(), &status, sizeof status) == ssize_t{sizeof status}) status_word_ = status;
    take();  // what it said last
    return true;
  }

  /// If the task asks where shared data are, waits for them and tells it.
  void answer() {
    if (!whole() || head().what != guard_outcome::kind::asks || !unsent_.empty()) return;
    data_name what;
    std::memcpy(&what, in_.data() + sizeof(guard_outcome), sizeof what);
    got_ = 0;
    guard_answer found;
    std::string fault;
    try {
      found.place = find_place(what);
    } catch (const std::exception& e) {
      fault = e.what();
    }
    found.bytes = fault.size();
    answer_ = with_head(found, std::as_bytes(std::span{fault}));
    unsent_ = answer_;
  }

  /// What waitpid said of the process; nothing if the helper is gone or could not fork.
  [[nodiscard]] std::optional<int> status() const noexcept { return status_word_; }

  /// What the task said in the end; nothing if it did not come to that.
  [[nodiscard]] std::optional<crew::outcome> outcome() {
    if (!whole() || head().what == guard_outcome::kind::asks) return std::nullopt;
    crew::outcome made;
    made.success = head().what == guard_outcome::kind::succeeded;
    in_.resize(got_);
    made.payload.assign(in_.begin() + sizeof(guard_outcome), in_.end());
    return made;
  }

 private:
  [[nodiscard]] guard_outcome head() const {
    guard_outcome result;
    std::memcpy(&result, in_.data(), sizeof result);
    return result;
  }
  [[nodiscard]] bool whole() const {
    return got_ >= sizeof(guard_outcome) && got_ == sizeof(guard_outcome) + head().bytes;
  }
  void put() {
    const auto sent = ::send(data_.get(), unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
    if (sent > 0) unsent_ = unsent_.subspan(static_cast<std::size_t>(sent));
    if (sent >= 0 || errno == EAGAIN || errno == EINTR) return;
    unsent_ = {};  // it has ended, which will be said; if it has not, it must not wait for more
    ::shutdown(data_.get(), SHUT_WR);
  }
  void take() {
    constexpr std::size_t piece = 65536;
    for (;;) {
      auto room = piece;
      if (got_ >= sizeof(guard_outcome)) room = sizeof(guard_outcome) + head().bytes - got_ + 1;
      if (in_.size() < got_ + room) in_.resize(got_ + room);
      const auto got = ::recv(data_.get(), in_.data() + got_, in_.size() - got_, 0);
      if (got < 0 && errno == EINTR) continue;
      if (got == 0 || (got < 0 && errno != EAGAIN)) over_ = true;
      if (got <= 0) return;
      got_ += static_cast<std::size_t>(got);
    }
  }

  descriptor data_;
  descriptor status_;
  std::span<const std::byte> unsent_;
  std::vector<std::byte> answer_;
  std::vector<std::byte> in_;
  std::size_t got_ = 0;
  std::optional<int> status_word_;
  bool over_ = false;
};

}  // namespace

guard_process::guard_process(std::shared_ptr<const exception_types> exceptions, const rank_state& state,
                             std::chrono::nanoseconds patience, std::span<const int> heeded)
    : patience_{patience} {
  auto [mine, its] = make_sockets(SOCK_SEQPACKET);
  // What is in buffers must not be written twice.
  std::cout.flush();
  std::fflush(nullptr);
  const auto parent = ::getpid();
  pid_ = ::fork();
  if (pid_ == 0) {
    // Nothing may unwind into the program's main, which is the rank's.
    [&mine = mine, &its = its, &exceptions, &state, heeded, parent]() noexcept {
      mine.reset();
      guard_life life{std::move(its), std::move(exceptions), state, heeded};
      if (::getppid() != parent) ::_exit(0);  // it died before we could ask to be told
      life.live();
    }();
  }
  control_ = std::move(mine);
}

guard_process::~guard_process() {
  if (control_.get() >= 0) ::shutdown(control_.get(), SHUT_RDWR);  // also if somebody forked holds it too
  control_.reset();
  while (pid_ > 0 && ::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void guard_process::say(const guard_order& what, std::span<const int> descriptors) const {
  if (send_message(control_.get(), std::as_bytes(std::span{&what, 1}), descriptors)) return;
  throw error{
      "executor: a guarded task cannot be begun (the rank's helper process, which would fork it, is not there); "
      "look whether something kills processes of the job, and at `ulimit -u`"};
}

void guard_process::set_up(const guard_setup& what) {
  std::vector<std::byte> body;
  append_packed(body, what);
  // If it is not there, the first task says so.
  static_cast<void>(send_message(control_.get(), with_head(guard_order{}, body), {}));
}

/// The rank may hear of the signal a moment later than the task's process.
bool guard_process::ended_with_job(int status) const {
  if (signals_ == nullptr || !WIFSIGNALED(status) || !signals_->watches(WTERMSIG(status))) return false;
  for (int looks = 0; looks != 20; ++looks) {
    if (signals_->came(WTERMSIG(status))) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  return false;
}

crew::outcome guard_process::run(const task_context& here, travel::function_key function,
                                 std::span<const std::byte> frame) {
  guard_order what;
  what.what = guard_order::kind::launch;
  what.attempt = here.attempt();
  what.number = next_++;
  what.task = here.task();
  what.bytes = frame.size();
  what.invoker = function;
  auto data = make_sockets(SOCK_STREAM);
  auto status = make_pipe();
  say(what, std::array{data.second.get(), status.second.get()});
  data.second.reset();
  status.second.reset();
  conversation with{std::move(data.first), std::move(status.first), frame};

  using clock = std::chrono::steady_clock;
  std::optional<clock::time_point> asked;
  what.what = guard_order::kind::kill;
  while (!with.step(10)) {
    with.answer();
    if (!here.stop_requested() || what.signal == SIGKILL) continue;
    if (!asked) {
      asked = clock::now();
      what.signal = SIGTERM;
    } else if (clock::now() - *asked >= patience_) {
      what.signal = SIGKILL;
    } else {
      continue;
    }
    say(what, {});
  }
  if (auto made = with.outcome()) return std::move(*made);
  if (!with.status()) {
    throw error{
        "executor: a guarded task's process could not be begun, or was ended with the rank's helper process that "
        "begins them; look whether something kills processes of the job, at `ulimit -u` and at free memory"};
  }
  crew::outcome lost;
  lost.interrupted = what.signal == 0 && ended_with_job(*with.status());
  append_packed(lost.payload, record_crash(here, *with.status()));
  return lost;
}

}  // namespace cohort::detail
