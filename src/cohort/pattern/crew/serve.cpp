#include <cohort/p2p/probe.hpp>
#include <cohort/pattern/crew/backoff.hpp>
#include <cohort/pattern/crew/clock.hpp>
#include <cohort/pattern/crew/letter.hpp>
#include <cohort/pattern/crew/post.hpp>
#include <cohort/pattern/crew/serve.hpp>
#include <cohort/pattern/crew/understudy.hpp>

#include <optional>
#include <thread>
#include <vector>

namespace cohort::crew {
namespace {

using namespace std::chrono_literals;

class worker {
 public:
  worker(const communicator& comm, runner& runner, int root)
      : comm_{comm}, runner_{runner}, root_{root}, post_{comm} {}

  std::size_t live(const std::string& host, const std::function<bool()>& interrupted) {
    say_hello(host);
    for (;;) {
      if (interrupted && interrupted() && !draining_) drain();
      step();
      if (may_leave()) return goodbye();
    }
  }

  std::size_t live_and_help(const std::string& host) {
    say_hello(host);
    understudy other{[this] {
      if (left_) {
        std::this_thread::sleep_for(1ms);
        return;
      }
      step();
      runner_.no_help();  // who helps is busy
      if (may_leave()) left_ = goodbye();
    }};
    for (;;) {
      {
        const std::lock_guard turn{other.turn()};
        if (left_) return *left_;
        step();
        if (may_leave()) return goodbye();
      }
      if (runner_.wants_help()) other.play([this] { runner_.help(100us); });
    }
  }

 private:
  void say_hello(const std::string& host) {
    out_.add(word::hello, {}, runner_.slots(), std::as_bytes(std::span{host}));
    send();
  }

  /// One look at messages and reports. If there are none, a pause.
  void step() {
    const bool heard = listen();
    const bool said = tell(dispatch::duration{0});
    post_.sweep();
    if (heard || said || runner_.wants_help() || may_leave() || tell(pause_.next(runner_.unfinished() != 0)))
      pause_.reset();
  }

  [[nodiscard]] bool may_leave() const { return leaving_ && (runner_.unfinished() == 0 || now() >= leave_by_); }

  /// Letters that have come.
  bool listen() {
    bool any = false;
    while (auto found = comm_.improbe({.source = root_, .tag = to_worker})) {
      any = true;
      found->recv_into(in_);
      letter_reader reader{in_};
      while (const auto entry = reader.next()) obey(*entry);
    }
    return any;
  }

  void obey(const letter_reader::entry& order) {
    switch (order.head.kind) {
      case word::run:
        if (draining_) {
          out_.add(word::returned, order.of());
        } else {
          runner_.accept(order.of(), order.payload);
        }
        break;
      case word::stop:
        runner_.stop(order.of());
        break;
      case word::recall:
        for (const auto& back : runner_.give_back(static_cast<std::size_t>(order.head.number))) {
          out_.add(word::returned, back);
        }
        out_.add(word::recalled);
        send();
        break;
      case word::leave:
        leaving_ = true;
        leave_by_ = now() + dispatch::duration{order.head.number};
        break;
      default:
        runner_.message(order.payload);
    }
  }

  void drain() {
    draining_ = true;
    out_.add(word::drain);
    for (const auto& back : runner_.give_back(runner_.unfinished())) out_.add(word::returned, back);
    send();
  }

  /// Puts reports into the letter, and sends it when it is due: reports of a batch travel together, but none waits
  /// longer than the root may need it.
  bool tell(dispatch::duration patience) {
    reports_.clear();
    runner_.collect(reports_, patience);
    if (!reports_.empty() && out_.empty()) oldest_ = now();
    for (const auto& r : reports_) out_.add(word::report, r.of, r.took.count(), r.payload, r.what, r.member);
    const bool due = runner_.unfinished() == 0 || out_.size() >= 65536 || now() - oldest_ >= 200us;
    if (!out_.empty() && due) send();
    return !reports_.empty();
  }

  std::size_t goodbye() {
    const auto left = runner_.unfinished();
    out_.add(word::bye, {}, static_cast<std::int64_t>(left));
    send();
    post_.drain();
    return left;
  }

  void send() { post_.send(out_, root_, to_root); }

  communicator comm_;
  runner& runner_;
  int root_;
  post post_;
  backoff pause_;
  letter out_;
  std::vector<std::byte> in_;
  std::vector<report> reports_;
  dispatch::time_point oldest_{0};
  bool draining_ = false;
  bool leaving_ = false;
  dispatch::time_point leave_by_{0};
  std::optional<std::size_t> left_;  ///< goodbye was said while the first thread was busy
};

}  // namespace

std::size_t serve(const communicator& comm, runner& runner, int root, const std::string& host,
                  const std::function<bool()>& interrupted) {
  return worker{comm, runner, root}.live(host, interrupted);
}

std::size_t serve_and_help(const communicator& comm, runner& runner, int root, const std::string& host) {
  return worker{comm, runner, root}.live_and_help(host);
}

}  // namespace cohort::crew
