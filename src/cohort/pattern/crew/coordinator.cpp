#include <cohort/core/detail/loss.hpp>
#include <cohort/pattern/crew/clock.hpp>
#include <cohort/pattern/crew/coordinator.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <variant>

namespace cohort::crew {
namespace {

template <class... Fs>
struct overloaded : Fs... {
  using Fs::operator()...;
};
template <class... Fs>
overloaded(Fs...) -> overloaded<Fs...>;

/// For ranks that come late to a run: they hold nothing yet.
constexpr dispatch::duration worker_is_late = std::chrono::seconds{20};

std::optional<silence> watch_over(const communicator& comm, const survival& how) {
  if (!how.on) return std::nullopt;
  detail::expect_losses();
  return silence{how, how.dead_after, worker_is_late, static_cast<std::size_t>(comm.size()), now()};
}

}  // namespace

coordinator::coordinator(const communicator& comm, runner& local, client& program, dispatch::settings how,
                         const std::string& host, const survival& losses)
    : comm_{comm},
      local_{local},
      program_{program},
      scheduler_{how},
      survival_{losses},
      silence_{watch_over(comm, losses)},
      post_{comm, losses.on},
      inbox_{comm, {.tag = to_root}, silence_ ? &*silence_ : nullptr},
      letters_(static_cast<std::size_t>(comm.size())),
      hosts_(letters_.size()),
      gone_(letters_.size(), false),
      self_{static_cast<dispatch::worker_id>(comm.rank())},
      last_heard_{now()} {
  hosts_[self_] = host;
  gone_[self_] = true;
  scheduler_.worker_joined(self_, local.slots());
}

void coordinator::step(dispatch::duration patience) {
  const bool heard = listen();
  const bool saw = look_local(dispatch::duration{0});
  if (silence_) keep_watch();
  if (heard || saw) last_heard_ = now();
  if (const auto due = scheduler_.deadline(); due && now() >= *due) scheduler_.tick(now());
  act();
  post_.sweep();
  if (heard || saw || local_.wants_help()) {
    pause_.reset();
    return;
  }
  auto pause = pause_.next(local_.unfinished() != 0, scheduler_.totals().assigned != 0);
  if (std::any_of(more_.begin(), more_.end(), [](const added& a) { return a.runs && a.runs->wants_help(); }))
    pause = std::min(pause, dispatch::duration{std::chrono::microseconds{20}});
  if (const auto due = scheduler_.deadline()) pause = std::clamp(*due - now(), dispatch::duration{0}, pause);
  if (look_local(std::min(patience, pause))) {
    last_heard_ = now();
    pause_.reset();
    act();
  }
}

bool coordinator::listen() {
  bool any = false;
  while (const auto come = inbox_.next()) {
    letter_reader reader{come->letter};
    const auto worker = static_cast<dispatch::worker_id>(come->source);
    while (const auto entry = reader.next()) {
      if (entry->head.kind == word::beat) {
        if (entry->head.number != 0) to(worker).add(word::beat, {}, entry->head.number);
        continue;
      }
      any = true;
      hear(worker, *entry);
    }
    act();  // answer before reading on: the sender may be waiting for work
  }
  return any;
}

/// After a look at all that has come. Reading the silences costs time for each worker, so it is not done each time.
void coordinator::keep_watch() {
  (void)silence_->looked(now());
  while (const auto broken = inbox_.next_broken()) {
    const auto worker = static_cast<dispatch::worker_id>(broken->source);
    if (!is_lost(worker)) give_up(worker, broken->why);
  }
  if (const auto moment = now(); moment >= next_watch_) {
    next_watch_ = moment + survival_.beat / 4;
  } else {
    return;
  }
  for (dispatch::worker_id worker = 0; worker != ranks(); ++worker) {
    const auto rank = static_cast<int>(worker);
    if (worker == self_ || is_lost(worker)) continue;
    if (silence_->too_long(rank)) {
      const auto silent = std::chrono::duration<double>(silence_->of(rank)).count();
      give_up(worker, hosts_[worker].empty() ? std::string{"it has not said a word since the start"}
                                             : fmt::format("it has said nothing for {:.1f} s", silent));
    } else if (silence_->beat_due(rank)) {
      to(worker).add(word::beat);
    }
  }
  flush();
}

void coordinator::give_up(dispatch::worker_id worker, const std::string& why) {
  const auto rank = static_cast<int>(worker);
  silence_->give_up(rank);
  post_.give_up(rank);
  inbox_.give_up(rank);
  detail::note_loss();
  gone_[worker] = true;
  lost_.push_back(worker);
  if (!hosts_[worker].empty()) scheduler_.worker_lost(worker);  // else it has not joined
  program_.lost(worker, why);
}

/// Null: the worker is another rank, or has gone.
runner* coordinator::here(dispatch::worker_id worker) const {
  if (worker == self_) return &local_;
  return worker < ranks() ? nullptr : more_[worker - ranks()].runs;
}

bool coordinator::look_local(dispatch::duration patience) {
  bool any = collect(self_, local_, patience);
  for (std::size_t i = 0; i != more_.size(); ++i) {
    if (more_[i].runs == nullptr) continue;
    any |= collect(static_cast<dispatch::worker_id>(ranks() + i), *more_[i].runs, dispatch::duration{0});
  }
  return any;
}

bool coordinator::collect(dispatch::worker_id worker, runner& from, dispatch::duration patience) {
  reports_.clear();
  from.collect(reports_, patience);
  for (const auto& r : reports_) hear_report({worker, r.member, r.of, r.what, r.took, true}, r.payload);
  return !reports_.empty();
}

void coordinator::hear(dispatch::worker_id worker, const letter_reader::entry& said) {
  switch (said.head.kind) {
    case word::hello:
      hosts_[worker].assign(reinterpret_cast<const char*>(said.payload.data()), said.payload.size());
      scheduler_.worker_joined(worker, static_cast<std::uint32_t>(said.head.number));
      program_.joined(worker);
      if (silence_) silence_->heard(static_cast<int>(worker));
      break;
    case word::report:
      hear_report({worker, said.head.member, said.of(), said.head.what, dispatch::duration{said.head.number}, true},
                  said.payload);
      break;
    case word::returned:
      take_back(worker, said.of());
      break;
    case word::recalled:
      scheduler_.recalled(worker);
      break;
    case word::drain:
      scheduler_.drain(worker);
      break;
    case word::bye:
      gone_[worker] = true;
      if (said.head.number != 0) leftovers_.push_back({worker, static_cast<std::size_t>(said.head.number)});
      scheduler_.worker_lost(worker);
      break;
    default:
      program_.note(worker, said.of(), said.payload);
  }
}

void coordinator::take_back(dispatch::worker_id worker, job of) {
  scheduler_.returned(worker, {of.task, of.attempt});
  program_.returned(worker, of);
}

void coordinator::hear_report(client::heard_report said, std::span<const std::byte> payload) {
  const dispatch::attempt_ref attempt{said.of.task, said.of.attempt};
  switch (said.what) {
    case report::kind::started:
      scheduler_.started(said.worker, attempt, now());
      program_.heard(said);
      break;
    case report::kind::succeeded:
      said.counts = scheduler_.succeeded(said.worker, attempt, said.took, now());
      program_.heard(said);
      if (said.counts) {
        program_.keep_result(said.of.task, payload);
      } else {
        program_.stale(said.worker, said.of, payload);
      }
      break;
    case report::kind::failed:
      said.counts = scheduler_.failed(said.worker, attempt, said.took, now());
      program_.heard(said);
      if (said.counts) {
        program_.keep_error(said.of.task, payload);
      } else {
        program_.stale(said.worker, said.of, payload);
      }
      break;
    case report::kind::stopped:
      // If the scheduler did not want it stopped, the worker was told to end: the task is not to blame.
      said.counts = scheduler_.interrupted(said.worker, attempt, said.took);
      program_.heard(said);
      if (!said.counts) program_.stale(said.worker, said.of, payload);
      break;
    case report::kind::slots:
      scheduler_.resize(said.worker, static_cast<std::uint32_t>(said.took.count()));
      break;
    case report::kind::note:
      program_.note(said.worker, said.of, payload);
      break;
    case report::kind::told:
      program_.told(said.worker, said.member, static_cast<int>(said.took.count()));
  }
}

void coordinator::act() {
  while (const auto next = scheduler_.next()) {
    std::visit(overloaded{[this](const dispatch::assign& a) { perform(a); },
                          [this](const dispatch::stop& a) { perform(a); },
                          [this](const dispatch::recall& a) { perform(a); },
                          [this](const dispatch::deliver& a) { program_.deliver(a); },
                          [this](const dispatch::give_up& a) { program_.give_up(a); },
                          [this](const dispatch::retry& a) { program_.retry(a); },
                          [this](const dispatch::stalled&) { stalled_ = true; },
                          [this](const dispatch::finished&) { finished_ = true; }},
               *next);
  }
  flush();
}

void coordinator::perform(const dispatch::assign& what) {
  stalled_ = false;
  // Of several ranks that are lost at a time, each would be given what the one before had, until it is given up.
  const bool silent = silence_ && what.worker != self_ && what.worker < ranks() &&
                      silence_->of(static_cast<int>(what.worker)) > 3 * survival_.beat;
  for (const auto& attempt : what.attempts) {
    if (silent) scheduler_.doubt(what.worker, attempt);
    const job of{attempt.task, attempt.attempt};
    const auto bytes = program_.task_size(of.task);
    if (runner* const mine = here(what.worker)) {
      scratch_.resize(bytes);
      program_.write_task(of.task, scratch_.data());
      mine->accept(of, scratch_);
    } else {
      to(what.worker).add_written(word::run, of, bytes, [&](std::byte* place) {
        program_.write_task(of.task, place);
      });
    }
  }
}

void coordinator::perform(const dispatch::stop& what) {
  const job of{what.attempt.task, what.attempt.attempt};
  if (runner* const mine = here(what.worker)) {
    mine->stop(of);
  } else if (!has_gone(what.worker)) {
    to(what.worker).add(word::stop, of);
  }
}

void coordinator::perform(const dispatch::recall& what) {
  runner* const mine = here(what.worker);
  if (has_gone(what.worker)) return;
  if (mine == nullptr) {
    to(what.worker).add(word::recall, {}, what.most);
    return;
  }
  for (const auto& back : mine->give_back(what.most)) take_back(what.worker, back);
  scheduler_.recalled(what.worker);
}

void coordinator::tell(dispatch::worker_id worker, std::span<const std::byte> text) {
  if (runner* const mine = here(worker)) {
    mine->message(text);
  } else if (!has_gone(worker)) {
    to(worker).add(word::note, {}, 0, text);
    flush();
  }
}

letter& coordinator::to(dispatch::worker_id worker) {
  auto& result = letters_[worker];
  if (result.empty()) unsent_.push_back(worker);
  return result;
}

void coordinator::flush() {
  for (const auto worker : unsent_) {
    const auto rank = static_cast<int>(worker);
    if (is_lost(worker)) {
      (void)letters_[worker].take();
      continue;
    }
    post_.send(letters_[worker], rank, to_worker);
    if (silence_) silence_->told(rank);
  }
  unsent_.clear();
}

}  // namespace cohort::crew
