#include <cohort/collective/iallreduce.hpp>
#include <cohort/p2p/irecv.hpp>
#include <cohort/p2p/isend.hpp>
#include <cohort/p2p/issend.hpp>
#include <cohort/p2p/probe.hpp>
#include <cohort/p2p/recv.hpp>
#include <cohort/pattern/crew/clock.hpp>
#include <cohort/pattern/pipeline/detail/conduit.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>
#include <utility>

namespace cohort::detail {
namespace {

std::vector<int> ranks_of(const std::vector<segment>& segments, std::optional<std::size_t> which) {
  return which && *which < segments.size() ? segments[*which].ranks : std::vector<int>{};
}
std::optional<std::size_t> before(std::optional<std::size_t> mine) {
  return mine && *mine != 0 ? std::optional{*mine - 1} : std::nullopt;
}
std::optional<std::size_t> after(std::optional<std::size_t> mine) {
  return mine ? std::optional{*mine + 1} : std::nullopt;
}
std::optional<way_back> way_back_of(const std::vector<segment>& segments, std::optional<std::size_t> mine) {
  if (!mine || segments[*mine].back == 0) return std::nullopt;
  const auto back = segments[*mine].back;
  const auto& gate = segments[*mine - back];
  return way_back{gate.ranks.front(), back - 1, gate.loop == back};
}

}  // namespace

conduit::conduit(const communicator& comm, const std::vector<segment>& segments, std::optional<std::size_t> mine,
                 const pipeline_options& options)
    : comm_{comm},
      options_{options},
      in_{mine && segments[*mine].sorts ? segments[*mine - 1].depth : 0, ranks_of(segments, before(mine)).size()},
      out_{ranks_of(segments, after(mine)), options},
      loop_{mine ? segments[*mine].loop : 0},
      way_back_{way_back_of(segments, mine)} {
  for (const int r : ranks_of(segments, before(mine))) sources_.push_back({.rank = r});
  for (const auto& s : sources_) neighbours_.push_back(s.rank);
  for (const auto& d : out_.doors()) neighbours_.push_back(d.rank);
  if (!mine) return;
  // The gate and its neighbour are neighbours already.
  if (segments[*mine].back > 1) neighbours_.push_back(way_back_->gate());
  for (std::size_t hop = 1; hop < segments[*mine].loop; ++hop) {
    for (const int r : segments[*mine + 1 + hop].ranks) neighbours_.push_back(r);
  }
  counts_ = segments[*mine].counts;
  if (segments[*mine].sorts) {
    counter_ = segments[segments[*mine].counter].ranks.front();
    neighbours_.push_back(*counter_);
  }
  for (const auto& s : segments) {
    if (s.sorts && s.counter == *mine) neighbours_.push_back(s.ranks.front());
  }
}

std::int64_t conduit::now() {
  return crew::now().count();
}

std::size_t conduit::source_of(int rank) const {
  const auto at =
      std::find_if(sources_.begin(), sources_.end(), [rank](const source& s) { return s.rank == rank; });
  return static_cast<std::size_t>(at - sources_.begin());
}

void conduit::look(std::int64_t now, std::int64_t cost) {
  looked_ = now;
  cost_ = cost;
  listen();
  sweep();
  for (auto& door : out_.doors()) {
    if (out_.due(door, now)) send(door);
  }
}

bool conduit::attend() {
  if (!leaving_now_) {
    tell_all();
    send_all();
  }
  const bool heard = listen();
  sweep();
  looked_ = now();
  if (heard) backoff_.reset();
  return heard;
}

void conduit::pause(bool for_room) {
  if (attend()) return;
  if (const auto length = backoff_.next(for_room, !letters_.empty()); length != dispatch::duration{0}) {
    std::this_thread::sleep_for(length);
  } else if (crowded_ != 0) {
    --crowded_;
    std::this_thread::sleep_for(std::chrono::microseconds{20});
  } else {
    std::this_thread::yield();
    // Who yields to programs that compute has the core again after their whole turn, milliseconds later, and at
    // each look so; who sleeps is woken before it ends.
    if (now() - looked_ >= slow_yield) crowded_ = 100;
  }
}

bool conduit::listen() {
  bool any = false;
  while (const auto found = comm_.iprobe()) {
    any = true;
    hear(*found);
  }
  return take_in() || any;
}

bool conduit::take_in() {
  bool any = false;
  bool waits = false;
  for (auto& letter : arriving_) {
    if (letter.back) {
      if (!letter.bytes.test()) continue;
      any = letter.done = true;
      if (!stopped_ && !leaving_now_) loop_.add(letter.bytes.get());
      continue;
    }
    // Letters of one sender stay in order.
    auto& from = sources_[letter.sender];
    from.waits = from.waits || !letter.bytes.test();
    waits = waits || from.waits;
    if (from.waits) continue;
    any = true;
    letter.done = true;
    if (stopped_ || leaving_now_) continue;
    if (const auto taken = in_.add(letter.sender, letter.bytes.get())) took(*taken);
  }
  if (any) std::erase_if(arriving_, [](const arrival& letter) { return letter.done; });
  if (waits) {
    for (auto& from : sources_) from.waits = false;
  }
  return any;
}

void conduit::hear(const status& found) {
  const int from = found.source();
  const auto what = found.tag();
  if (what == letter_tag || what == back_tag) {
    // A long one takes its sender's help, which may be busy with an item: this rank works on meanwhile.
    arriving_.push_back({what == back_tag, what == back_tag ? 0 : source_of(from),
                         comm_.irecv<std::vector<std::byte>>(found.bytes(), {.source = from, .tag = what})});
    return;
  }
  const auto numbers = comm_.recv<std::vector<std::uint64_t>>({.source = from, .tag = what});
  switch (what) {
    case end_tag:
      ++sources_ended_;
      sources_[source_of(from)].ended = true;
      break;
    case taken_tag: {
      auto& door = out_.door_to(from);
      door.items -= static_cast<std::size_t>(numbers[0]);
      door.bytes -= static_cast<std::size_t>(numbers[1]);
      door.cost = static_cast<std::int64_t>(numbers[2]);
      if (!stopped_ && out_.due(door, looked_)) send(door);
      break;
    }
    case completed_tag:
      out_.complete(numbers[0]);
      break;
    case stop_tag:
      stopped_ = true;
      in_.clear();
      break;
    default:
      ++byes_;
  }
}

std::optional<entry_view> conduit::next() {
  std::optional<inbox::taken> taken;
  auto entry = in_.next(taken);
  if (!entry && in_.holds_late()) {
    let_late_go();
    entry = in_.next(taken);
  }
  if (taken) took(*taken);
  if (counter_ && in_.completed() - told_completed_ >= options_.window_items / 4 + 1) tell_completed();
  if (entry) backoff_.reset();
  return entry;
}

void conduit::let_late_go() {
  // Nobody sends anything else any more: who has begun with late entries goes on with such, for it holds back its
  // own until this is so.
  if (!in_.only_late() || !arriving_.empty()) return;
  for (std::size_t s = 0; s != sources_.size(); ++s) {
    if (!sources_[s].ended && !in_.late(s)) return;
  }
  in_.release();
}

void conduit::took(const inbox::taken& what) {
  auto& from = sources_[what.sender];
  from.items += what.items;
  from.bytes += what.bytes;
  if (static_cast<std::int64_t>(from.items) * cost_ >= untold || from.items >= options_.window_items / 4 ||
      from.bytes >= options_.window_bytes / 4)
    tell(from);
}

void conduit::tell(source& whom) {
  if (whom.items == 0) return;
  // What comes back goes before the word that there is room, or new items would overtake it.
  if (way_back_ && way_back_->bytes() != 0) send_back();
  const std::array<std::uint64_t, 3> numbers{whom.items, whom.bytes,
                                             static_cast<std::uint64_t>(std::max<std::int64_t>(cost_, 1))};
  whom.items = 0;
  whom.bytes = 0;
  say(whom.rank, taken_tag, numbers);
}

void conduit::tell_all() {
  for (auto& s : sources_) tell(s);
  if (way_back_ && (way_back_->untold() != 0 || way_back_->bytes() != 0)) send_back();
  if (counter_ && in_.completed() != told_completed_) tell_completed();
}

void conduit::tell_completed() {
  told_completed_ = in_.completed();
  say(*counter_, completed_tag, std::array{told_completed_});
}

std::byte* conduit::place(entry_head head, std::span<const std::uint64_t> path, std::optional<std::uint64_t> hash) {
  const auto size = entry_size(counts_ ? 1 : path.size(), head.bytes);
  for (;;) {
    check();
    open_ = !counts_ || out_.may_count(size) ? out_.open(hash, size) : nullptr;
    if (open_ != nullptr) break;
    pause(out_.supplied());
  }
  if (counts_) {
    number_[0] = out_.count(size);
    path = number_;
  }
  if (is_item(head.kind)) {
    loop_.gave();
    if (way_back_) way_back_->made();
  }
  head.numbers = static_cast<std::uint32_t>(path.size());
  return out_.put(*open_, head, path);
}

void conduit::placed(std::int64_t now, std::int64_t work) {
  open_->work += work;
  if (out_.due(*open_, now)) send(*open_);
}

void conduit::done_with_item(std::int64_t cost) {
  if (!way_back_) return;
  way_back_->done();
  constexpr std::size_t full = 65'536;
  constexpr std::int64_t worth_a_message = 100'000;  // nanoseconds of work
  if (way_back_->bytes() == 0) return;
  if (in_.empty() || way_back_->bytes() >= full ||
      static_cast<std::int64_t>(way_back_->untold()) * cost >= worth_a_message)
    send_back();
}

void conduit::send_back() {
  if (stopped_) return;
  letters_.push_back(comm_.isend(way_back_->letter(), {.dest = way_back_->gate(), .tag = back_tag}));
}

std::optional<entry_view> conduit::returned() {
  auto entry = loop_.next();
  if (entry) backoff_.reset();
  return entry;
}

void conduit::close() {
  send_all();
  for (const auto& door : out_.doors()) say(door.rank, end_tag);
}

void conduit::send(outbox::door& to) {
  to.in_letter = 0;
  to.work = 0;
  to.sent = now();
  letters_.push_back(comm_.isend(std::exchange(to.letter, {}), {.dest = to.rank, .tag = letter_tag}));
}

void conduit::send_all() {
  if (stopped_) return;
  for (auto& door : out_.doors()) {
    if (door.in_letter != 0) send(door);
  }
}

void conduit::say(int dest, tag what, std::span<const std::uint64_t> numbers) {
  words_.push_back(comm_.isend(std::vector<std::uint64_t>(numbers.begin(), numbers.end()),
                               {.dest = dest, .tag = static_cast<int>(what)}));
}

void conduit::sweep() {
  letters_.sweep();
  words_.sweep();
}

int conduit::leave(ending how) {
  leaving_now_ = true;
  const auto until = [&](const auto& done) {
    backoff_.reset();
    while (!done()) pause();
  };
  if (how != ending::done) {
    stopped_ = true;
    // Synchronous: who has them all taken knows that none is left over when all have agreed.
    std::vector<request<std::vector<std::uint64_t>>> stops;
    for (int r = 0; r != comm_.size(); ++r) {
      if (r != comm_.rank())
        stops.push_back(comm_.issend(std::vector<std::uint64_t>{}, {.dest = r, .tag = static_cast<int>(stop_tag)}));
    }
    until([&] { return std::all_of(stops.begin(), stops.end(), [](auto& r) { return r.test(); }); });
  }
  // The greatest wins: 0 is no failure, the lowest rank's the greatest.
  auto verdict = comm_.iallreduce(how == ending::failed ? comm_.size() - comm_.rank() : 0, maximum{});
  until([&] { return verdict.test(); });
  const int lowest = verdict.get();
  // Messages of one rank to another come in order, so after its bye there is none.
  for (const int r : neighbours_) say(r, bye_tag);
  until([&] {
    sweep();
    return byes_ == neighbours_.size() && letters_.empty() && words_.empty() && arriving_.empty();
  });
  return lowest == 0 ? -1 : comm_.size() - lowest;
}

}  // namespace cohort::detail
