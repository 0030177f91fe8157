#include <cohort/core/detail/loss.hpp>
#include <cohort/pattern/crew/backoff.hpp>
#include <cohort/pattern/crew/clock.hpp>
#include <cohort/pattern/crew/inbox.hpp>
#include <cohort/pattern/crew/letter.hpp>
#include <cohort/pattern/crew/post.hpp>
#include <cohort/pattern/crew/serve.hpp>
#include <cohort/pattern/crew/silence.hpp>
#include <cohort/pattern/crew/understudy.hpp>

#include <fmt/format.h>

#include <optional>
#include <thread>
#include <vector>

namespace cohort::crew {
namespace {

using namespace std::chrono_literals;

/// A root may come late to a run. One that is lost before its first word is cohort-run's affair (see
/// cluster::sign_of_life).
constexpr dispatch::duration root_is_late = 24h;

class worker {
 public:
  worker(const communicator& comm, runner& runner, int root, const survival& losses)
      : runner_{runner},
        root_{root},
        survival_{losses},
        post_{comm, losses.on},
        inbox_{comm, {.source = root, .tag = to_worker}, watch(comm)} {}

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
  silence* watch(const communicator& comm) {
    if (!survival_.on) return nullptr;
    detail::expect_losses();
    return &silence_.emplace(survival_, survival_.root_silence, root_is_late, static_cast<std::size_t>(comm.size()),
                             now());
  }

  void say_hello(const std::string& host) {
    out_.add(word::hello, {}, runner_.slots(), std::as_bytes(std::span{host}));
    send();
  }

  /// One look at messages and reports. If there are none, a pause.
  void step() {
    const bool heard = listen();
    if (silence_) {
      keep_watch();
      if (doubt_ != 0) {
        post_.sweep();
        std::this_thread::sleep_for(1ms);
        return;
      }
    }
    const bool said = tell(dispatch::duration{0});
    post_.sweep();
    if (heard || said || runner_.wants_help() || may_leave() || tell(pause_.next(runner_.unfinished() != 0)))
      pause_.reset();
  }

  [[nodiscard]] bool may_leave() const { return leaving_ && (runner_.unfinished() == 0 || now() >= leave_by_); }

  /// Letters that have come.
  bool listen() {
    bool any = false;
    while (const auto come = inbox_.next()) {
      letter_reader reader{come->letter};
      while (const auto entry = reader.next()) {
        if (entry->head.kind == word::beat) {
          if (entry->head.number == doubt_) doubt_ = 0;
          continue;
        }
        any = true;
        obey(*entry);
      }
    }
    return any;
  }

  /// After a look at what has come: says that this rank is here, and leaves if the root is not.
  void keep_watch() {
    if (silence_->looked(now()) > survival_.dead_after / 2) {
      doubt_ = ++doubts_;
      out_.add(word::beat, {}, doubt_);
      send();
    }
    if (const auto broken = inbox_.next_broken()) leave_alone(broken->why);
    if (silence_->too_long(root_)) {
      const auto seconds = [](dispatch::duration d) { return std::chrono::duration<double>(d).count(); };
      if (silence_->longest_absence() > survival_.dead_after) {
        leave_alone(
            fmt::format("this process did not answer for {:.1f} s, being stopped or kept busy, and was given up",
                        seconds(silence_->longest_absence())));
      }
      leave_alone(
          fmt::format("it has said nothing for {:.1f} s: it, its host or the way to it is lost, or it has given "
                      "this rank up",
                      seconds(silence_->of(root_))));
    }
    if (silence_->beat_due(root_)) {
      if (out_.empty()) out_.add(word::beat);
      send();
    }
  }

  [[noreturn]] static void leave_alone(const std::string& why) {
    detail::note_loss();
    throw root_lost{
        fmt::format("the root is not heard any more ({}); this rank leaves, and what it ran runs elsewhere "
                    "if there is a root",
                    why)};
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
      case word::farewell:
        dismissed_ = true;
        if (order.head.number != 0) detail::note_loss();
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
    if (silence_) {
      await_farewell();
    } else {
      post_.drain();
    }
    return left;
  }

  /// Nobody may go to MPI_Finalize before it is known whether all will.
  void await_farewell() {
    for (;;) {
      const bool heard = listen();
      if (dismissed_) return;
      post_.sweep();
      keep_watch();
      if (heard) pause_.reset();
      std::this_thread::sleep_for(pause_.next(true));
    }
  }

  void send() {
    if (silence_ && !out_.empty()) silence_->told(root_);
    post_.send(out_, root_, to_root);
  }

  runner& runner_;
  int root_;
  survival survival_;
  std::optional<silence> silence_;  ///< if ranks may be lost
  /// After a long absence: the question to the root whether it has given this rank up, until it is answered. What
  /// is here may run elsewhere by now, so nothing more of it is begun. @{
  std::int64_t doubt_ = 0;
  std::int64_t doubts_ = 0;
  /// @}
  post post_;
  inbox inbox_;
  backoff pause_;
  letter out_;
  std::vector<report> reports_;
  dispatch::time_point oldest_{0};
  bool draining_ = false;
  bool leaving_ = false;
  bool dismissed_ = false;  ///< the root's farewell has come
  dispatch::time_point leave_by_{0};
  std::optional<std::size_t> left_;  ///< goodbye was said while the first thread was busy
};

}  // namespace

std::size_t serve(const communicator& comm, runner& runner, int root, const std::string& host,
                  const std::function<bool()>& interrupted, const survival& losses) {
  return worker{comm, runner, root, losses}.live(host, interrupted);
}

std::size_t serve_and_help(const communicator& comm, runner& runner, int root, const std::string& host,
                           const survival& losses) {
  return worker{comm, runner, root, losses}.live_and_help(host);
}

}  // namespace cohort::crew
