#include <cohort/pattern/crew/clock.hpp>
#include <cohort/pattern/crew/remote_runner.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace cohort::crew {
namespace {

/// For its first word.
constexpr dispatch::duration first_word_is_late = std::chrono::seconds{20};

bool same_job(job a, job b) {
  return a.task == b.task && a.attempt == b.attempt;
}

}  // namespace

remote_runner::remote_runner(const communicator& way, int worker, const survival& losses)
    : worker_{worker},
      survival_{losses},
      silence_{losses, losses.dead_after, first_word_is_late, static_cast<std::size_t>(worker) + 1, now()},
      post_{way, true},
      inbox_{way, {.source = worker, .tag = to_root}, &silence_} {}

void remote_runner::accept(job what, std::span<const std::byte> payload) {
  waiting_.push_back({what, {payload.begin(), payload.end()}});
  give_what_fits();
}

void remote_runner::stop(job what) {
  const auto found =
      std::find_if(waiting_.begin(), waiting_.end(), [what](const waiting_job& w) { return same_job(w.of, what); });
  if (found != waiting_.end()) {  // how it ends then, only the runner there can say
    auto taken = std::move(*found);
    waiting_.erase(found);
    give(std::move(taken));
  }
  letter_.add(word::stop, what);
  flush();
}

std::vector<job> remote_runner::give_back(std::size_t most) {
  std::vector<job> result;
  while (result.size() < most && !waiting_.empty()) {
    result.push_back(waiting_.back().of);
    waiting_.pop_back();
  }
  return result;
}

void remote_runner::message(std::span<const std::byte> text) {
  letter_.add(word::note, {}, 0, text);
  flush();
}

void remote_runner::collect(std::vector<report>& out, dispatch::duration) {
  if (!lost_.empty()) return;
  listen(out);
  keep_watch();
  give_what_fits();
  post_.sweep();
}

void remote_runner::listen(std::vector<report>& out) {
  while (const auto come = inbox_.next()) {
    letter_reader reader{come->letter};
    while (const auto entry = reader.next()) hear(*entry, out);
  }
}

void remote_runner::hear(const letter_reader::entry& said, std::vector<report>& out) {
  switch (said.head.kind) {
    case word::hello:
      host_.assign(reinterpret_cast<const char*>(said.payload.data()), said.payload.size());
      slots_ = static_cast<std::uint32_t>(said.head.number);
      silence_.heard(worker_);
      break;
    case word::beat:
      if (said.head.number != 0) letter_.add(word::beat, {}, said.head.number);
      break;
    case word::report:
    case word::note: {
      const auto what = said.head.kind == word::note ? report::kind::note : said.head.what;
      if (what == report::kind::succeeded || what == report::kind::failed || what == report::kind::stopped)
        forget(said.of());
      if (what == report::kind::slots) slots_ = static_cast<std::uint32_t>(said.head.number);
      out.push_back({what,
                     said.of(),
                     dispatch::duration{said.head.number},
                     {said.payload.begin(), said.payload.end()},
                     said.head.member});
      break;
    }
    case word::returned:  // it was on its way when the worker was told to end
      forget(said.of());
      waiting_.push_front({said.of(), {}});
      break;
    case word::drain:
      draining_ = true;
      break;
    case word::bye:
      left_ = true;
      break;
    default:
      break;  // nothing else comes from a worker that is asked for nothing else
  }
}

void remote_runner::keep_watch() {
  (void)silence_.looked(now());
  if (const auto broken = inbox_.next_broken()) {
    lost_ = broken->why;
  } else if (silence_.too_long(worker_)) {
    lost_ = here() ? fmt::format("it has said nothing for {:.1f} s",
                                 std::chrono::duration<double>(silence_.of(worker_)).count())
                   : std::string{"it has not said a word since the start"};
  }
  if (!lost_.empty()) {
    silence_.give_up(worker_);
    post_.give_up(worker_);
    inbox_.give_up(worker_);
    return;
  }
  if (silence_.beat_due(worker_) && letter_.empty()) letter_.add(word::beat);
  flush();
}

void remote_runner::give(waiting_job&& what) {
  given_.push_back(what.of);
  letter_.add(word::run, what.of, 0, what.payload);
}

void remote_runner::give_what_fits() {
  while (!draining_ && !waiting_.empty() && given_.size() < slots_) {
    auto next = std::move(waiting_.front());
    waiting_.pop_front();
    give(std::move(next));
  }
  flush();
}

void remote_runner::flush() {
  if (letter_.empty()) return;
  if (!lost_.empty()) {
    (void)letter_.take();
    return;
  }
  post_.send(letter_, worker_, to_worker);
  silence_.told(worker_);
}

void remote_runner::forget(job what) {
  std::erase_if(given_, [what](job each) { return same_job(each, what); });
}

void remote_runner::leave(dispatch::duration grace) {
  letter_.add(word::leave, {}, grace.count());
  flush();
}

void remote_runner::dismiss(std::size_t lost_ranks) {
  letter_.add(word::farewell, {}, static_cast<std::int64_t>(lost_ranks));
  flush();
}

}  // namespace cohort::crew
