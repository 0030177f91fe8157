#include <cohort/async/detail/channel_core.hpp>
#include <cohort/core/detail/completion.hpp>
#include <cohort/core/detail/waiting.hpp>
#include <cohort/p2p/send.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <functional>
#include <memory>
#include <utility>

/// What a channel's ends say to each other besides items, and how it ends.
namespace cohort::detail {

namespace {

template <class Ends>
auto* find_rank(Ends& ends, int rank) noexcept {
  const auto at =
      std::lower_bound(ends.begin(), ends.end(), rank, [](const auto& end, int r) { return end.rank < r; });
  return at != ends.end() && at->rank == rank ? &*at : nullptr;
}

}  // namespace

/// Looks at messages until one brings an item, which is left where it came in, to be taken from there.
bool channel_core::fetch() {
  while (inlet_.next()) {
    if (inlet_.is_item() && !left_) return true;
    inlet_.is_item() ? store() : handle_control();
  }
  sending_.sweep();
  return false;
}

void channel_core::poll() {
  constexpr int at_most = 64;
  for (int n = 0; n != at_most && (inlet_.holds() || inlet_.next()); ++n) {
    inlet_.is_item() ? store() : handle_control();
  }
  sending_.sweep();
}

void channel_core::handle_control() {
  const int from = inlet_.source();
  const int what = inlet_.tag();
  std::uint64_t number = 0;
  inlet_.read(&number, sizeof number);
  if (what == end_tag) {
    source_ended(*find_source(from), number != 0);
    return;
  }
  auto& to = *find_sink(from);
  switch (what) {
    case credit_tag:
      if (to.left) break;
      to.credits += number;
      credits_ += number;
      break;
    case left_tag:
      to.left = true;
      ++sinks_left_;
      credits_ -= to.credits;
      to.credits = 0;
      if (number != 0) failed_sink_ = from;
      break;
    default:
      to.bye = true;
  }
}

/// The item that has come in waits in the inbox from now on.
void channel_core::store() {
  const int from = inlet_.source();
  if (inlet_.tag() == channel_inlet::item_tag) {
    arrived(from, inlet_.view());
    inlet_.read(nullptr, 0);
  } else {
    buffer<std::byte> item(inlet_.bytes());
    inlet_.read(item.data(), item.size());
    arrived(from, {item.data(), item.size()});
  }
}

void channel_core::arrived(int from, std::span<const std::byte> item) {
  if (left_) {
    ++counts_.discarded;
  } else {
    inbox_.push(from, item);
  }
}

void channel_core::source_ended(source& which, bool failed) {
  if (std::exchange(which.ended, true)) return;
  --open_sources_;
  share_out();
  if (failed) {
    which.failed = true;
    ++failures_;
  }
  say_bye();
}

/// To all producers, when nothing more will be said to them.
void channel_core::say_bye() {
  if (open_sources_ != 0 || std::exchange(said_bye_, true)) return;
  for (const auto& from : sources_) {
    if (from.rank != comm_.rank()) say(from.rank, bye_tag);
  }
}

void channel_core::say(int dest, tag what, std::uint64_t number) {
  comm_.send(number, {.dest = dest, .tag = what});
}

void channel_core::close(bool failed) {
  if (!produces_ || std::exchange(closed_, true)) return;
  for (const auto& to : sinks_) {
    if (to.rank != comm_.rank()) say(to.rank, end_tag, failed ? 1 : 0);
  }
  // What it sends to itself it cannot miss.
  if (auto* self = find_source(comm_.rank())) source_ended(*self, false);
}

std::uint64_t channel_core::leave(bool failed) {
  if (!consumes_ || left_) return 0;
  if (inlet_.holds()) store();
  left_ = true;
  const auto lost = inbox_.size();
  while (!inbox_.empty()) inbox_.pop();
  counts_.discarded += lost;
  failures_ = 0;
  for (const auto& from : sources_) {
    // After the bye it may have gone.
    if (from.rank != comm_.rank() && !said_bye_) say(from.rank, left_tag, failed ? 1 : 0);
  }
  if (auto* self = find_sink(comm_.rank())) {
    self->left = true;
    ++sinks_left_;
  }
  return lost;
}

channel_core::sink* channel_core::find_sink(int rank) noexcept {
  return find_rank(sinks_, rank);
}
channel_core::source* channel_core::find_source(int rank) noexcept {
  return find_rank(sources_, rank);
}

bool channel_core::wait(const char* doing, const call_site& where, const std::function<bool()>& ready,
                        std::optional<clock::time_point> until) {
  const wait_scope busy{where, doing};
  for (backoff pause; !ready();) {
    std::chrono::nanoseconds most = std::chrono::seconds{1};
    if (until) {
      most = *until - clock::now();
      if (most <= std::chrono::nanoseconds{0}) return false;
    }
    pause.once(most);
  }
  return true;
}

/// A destructor cannot throw, and what the program did otherwise may be right: so it is only said.
void channel_core::say_lost(std::uint64_t items) const {
  fmt::print(stderr,
             "cohort: channel made at {}:{}: rank {} ended with {} item(s) that it had not received, and they are "
             "lost (an item belongs to one consumer from when it is sent); receive until the end, name the ranks "
             "that receive in `consumers`, or call leave() to discard items\n",
             made_.file, made_.line, comm_.rank(), items);
}

void channel_core::finish() {
  const bool failed = std::uncaught_exceptions() > exceptions_;
  const bool complete = consumes_ && ended();
  const bool forgot = consumes_ && !left_;
  const auto discarded = counts_.discarded;
  close(failed);
  if (consumes_ && !complete) leave(failed);
  const auto done = [&] {
    poll();
    return open_sources_ == 0 && (sending_.empty() || failed_sink_) &&
           std::all_of(sinks_.begin(), sinks_.end(),
                       [&](const sink& to) { return to.bye || to.rank == comm_.rank(); });
  };
  if (!failed) {
    wait("end of a channel", made_, std::cref(done), std::nullopt);
    if (forgot && counts_.discarded != discarded) say_lost(counts_.discarded - discarded);
    if (!sending_.empty()) {  // to a consumer that failed: MPI never completes them, and may read them at any time
      for (auto& one : sending_) completion::abandon(one);
      sending_.clear();
      static_cast<void>(std::make_unique<communicator>(longs_).release());
    }
    return;
  }
  // The others may never come to the end of theirs: they are told not to wait for this rank, and it does not wait
  // long for them. Messages that are on their way then must not meet another communicator, so this one stays.
  if (!std::exchange(said_bye_, true)) {
    for (const auto& from : sources_) {
      if (from.rank != comm_.rank()) say(from.rank, bye_tag);
    }
  }
  if (!wait("end of a channel", made_, std::cref(done), clock::now() + std::chrono::seconds{1})) {
    for (const auto* one : {&comm_, &longs_})
      static_cast<void>(std::make_unique<communicator>(*one).release());  // NOLINT(bugprone-unused-return-value)
  }
}

}  // namespace cohort::detail
