#include <cohort/core/error.hpp>
#include <cohort/observe/detail/guard.hpp>
#include <cohort/serial/pack.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace cohort::observe::detail {

using namespace std::chrono_literals;
using word = side_channel::word;

namespace {

constexpr auto patience_for_answers = 2s;
constexpr auto pause_between_questions = 100ms;

void print(const std::string& text) {
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace

guard::guard(book& what, cohort::detail::watch_settings settings, int rank, int ranks, std::string host)
    : book_{what},
      settings_{settings},
      rank_{rank},
      host_{std::move(host)},
      limit_{std::chrono::milliseconds{settings.milliseconds}},
      tick_{std::clamp<clock::duration>(limit_ / 10, 20ms, 1s)},
      wake_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {
  if (wake_ < 0) throw error{"watchdog: no eventfd (too many open files?); run without COHORT_WATCHDOG"};
  if (rank_ == 0) all_.resize(static_cast<std::size_t>(ranks));
}

guard::~guard() {
  end(false);
  ::close(wake_);
}

meeting_point guard::invite() {
  return channel_.here(host_);
}

void guard::begin(const meeting_point& where) {
  channel_.use(where);
  hub_ = candidates(where, host_);
  for (auto& each : all_) each.moved = clock::now();
  // Signals are the program's: its own threads shall get them.
  sigset_t every;
  sigset_t before;
  sigfillset(&every);
  pthread_sigmask(SIG_SETMASK, &every, &before);
  try {
    thread_ = std::thread{[this] { run(); }};
  } catch (...) {
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    throw;
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void guard::end(bool say_so) noexcept {
  if (!thread_.joinable()) return;
  ending_ = true;
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_, &one, sizeof one);
  thread_.join();
  if (!say_so || rank_ == 0) return;
  for (int again = 0; again != 3; ++again) {  // one may be lost
    for (const auto& each : hub_) channel_.send(each, {0, 0, static_cast<std::uint32_t>(rank_), 0, word::left});
  }
}

void guard::run() noexcept {
  auto next = clock::now();
  while (!ending_) {
    const auto until = asking_ ? std::min(next, clock::now() + 20ms) : next;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - clock::now()).count() + 1;
    std::array<pollfd, 2> what{pollfd{channel_.descriptor(), POLLIN, 0}, pollfd{wake_, POLLIN, 0}};
    (void)::poll(what.data(), what.size(), static_cast<int>(std::max<decltype(left)>(left, 0)));
    if (ending_) return;
    try {
      while (const auto l = channel_.next()) hear(*l);
      if (clock::now() >= next) {
        next = clock::now() + tick_;
        book_.look();
        beat();
      }
      if (rank_ == 0) consider();
    } catch (...) {  // no memory: the next look may have more luck
    }
    if (clock::now() >= die_at_) end_process();
  }
}

void guard::beat() {
  const auto moves = book_.moves();
  if (rank_ == 0) {
    moved(all_.front(), moves);
    return;
  }
  for (const auto& each : hub_) {
    channel_.send(each, {0, moves, static_cast<std::uint32_t>(rank_), welcomed_ ? 1U : 0U, word::beat});
  }
}

void guard::hear(const side_channel::letter& l) {
  if (rank_ == 0) {
    hear_as_hub(l);
    return;
  }
  if (!welcomed_) {
    welcomed_ = true;
    hub_.assign(1, l.from);
  }
  if (l.about.what == word::ask) answer(l.about.number);
  // Rank 0 ends the job by its own end; this is for launchers that would let the others live.
  if (l.about.what == word::end) die_at_ = std::min(die_at_, clock::now() + 3s);
}

void guard::answer(std::uint32_t question) {
  auto mine = book_.report(rank_, host_);
  auto bytes = serial::pack(mine);
  constexpr std::size_t most = 60000;
  if (bytes.size() > most) {  // irregular communicators: who is in them stays unknown
    for (auto& each : mine.comms) each.runs.clear();
    if (mine.threads.size() > 16) mine.threads.resize(16);
    for (auto& each : mine.threads) {
      for (auto& s : each.steps) s.what = step::kind::other;
    }
    bytes = serial::pack(mine);
  }
  channel_.send(hub_.front(), {0, mine.moves, static_cast<std::uint32_t>(rank_), question, word::answer},
                {bytes.data(), bytes.size()});
}

void guard::moved(known& of, std::uint64_t moves) {
  if (of.moves == moves) return;
  of.moves = moves;
  of.moved = clock::now();
}

void guard::hear_as_hub(const side_channel::letter& l) {
  if (l.about.rank == 0 || l.about.rank >= all_.size()) return;
  auto& of = all_[l.about.rank];
  if (!of.reachable) of.moved = clock::now();
  of.reachable = true;
  of.at = l.from;
  switch (l.about.what) {
    case word::beat:
      moved(of, l.about.moves);
      if (l.about.number == 0) channel_.send(l.from, {0, 0, 0, 0, word::welcome});
      break;
    case word::left:
      if (!of.left) of.moved = clock::now();
      of.left = true;
      break;
    case word::answer:
      if (!asking_ || l.about.number != question_ || of.answered) break;
      try {
        of.answer = serial::unpack<presence>(l.payload);
      } catch (const std::exception&) {
        break;
      }
      of.answer.rank = static_cast<int>(l.about.rank);
      of.answered = true;
      moved(of, of.answer.moves);
      break;
    default:
      break;
  }
}

void guard::consider() {
  auto still = clock::time_point::min();
  for (const auto& each : all_) still = std::max(still, each.moved);
  const auto now = clock::now();
  if (now - still < limit_ || still == told_) {
    asking_ = false;
    return;
  }
  if (!asking_) {
    asking_ = true;
    ++question_;
    for (auto& each : all_) each.answered = false;
    asked_ = now;
    ask_again_ = now;
    auto& mine = all_.front();
    mine.answer = book_.report(0, host_);
    mine.answered = true;
    moved(mine, mine.answer.moves);
    ask();
    return;
  }
  const bool all_there = std::all_of(all_.begin(), all_.end(), [](const known& k) { return k.answered || k.left; });
  if (all_there || now - asked_ > patience_for_answers) {
    asking_ = false;
    told_ = still;
    conclude(still);
  } else {
    ask();
  }
}

void guard::ask() {
  if (clock::now() < ask_again_) return;
  ask_again_ = clock::now() + pause_between_questions;
  for (const auto& each : all_) {
    if (!each.reachable || each.answered || each.left) continue;
    channel_.send(each.at, {0, 0, 0, question_, word::ask});
  }
}

void guard::conclude(clock::time_point still) {
  std::vector<presence> everybody;
  for (std::size_t r = 0; r != all_.size(); ++r) {
    auto& each = all_[r];
    auto& said = everybody.emplace_back(each.answered ? each.answer : presence{});
    said.rank = static_cast<int>(r);
    said.left = each.left;
    said.silent = !each.answered && !each.left;
  }
  auto result = roll_call(everybody, std::chrono::duration<double>(clock::now() - still).count());
  if (!settings_.abort) {
    print(result.text);
    return;
  }
  if (!result.stuck) {
    print(result.text + "cohort watchdog: the job is not aborted, since these ranks may still go on\n");
    return;
  }
  print(result.text + "cohort watchdog: these ranks wait for what cannot come; the job is aborted\n");
  for (const auto& each : all_) {
    if (each.reachable) channel_.send(each.at, {0, 0, 0, 0, word::end});
  }
  end_process();
}

/// MPI_Abort may be called by one thread only, which waits. mpirun and srun end a job of which a process has ended
/// like this.
void guard::end_process() {
  std::_Exit(1);
}

}  // namespace cohort::observe::detail
