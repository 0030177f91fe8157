#include <cohort/async/detail/channel_core.hpp>
#include <cohort/async/detail/channel_desk.hpp>
#include <cohort/collective/allreduce.hpp>
#include <cohort/core/finalize_hook.hpp>
#include <cohort/p2p/isend.hpp>
#include <cohort/p2p/send.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <numeric>
#include <string>
#include <utility>

namespace cohort::detail {

namespace {

[[noreturn]] void refuse(const communicator& comm, const call_site& where, const std::string& problem) {
  throw argument_error{
      fmt::format("channel on rank {} (called at {}:{}): {}", comm.rank(), where.file, where.line, problem)};
}

/// All ranks if none is given. Throws argument_error.
std::vector<int> ranks_of(const std::vector<int>& given, const char* which, const communicator& comm,
                          const call_site& where) {
  std::vector<int> all(static_cast<std::size_t>(comm.size()));
  std::iota(all.begin(), all.end(), 0);
  if (given.empty()) return all;
  for (const int rank : given) {
    if (rank < 0 || rank >= comm.size()) {
      refuse(comm, where,
             fmt::format("{} names rank {} (ranks are 0 to {}); name ranks of the communicator", which, rank,
                         comm.size() - 1));
    }
  }
  std::vector<int> sorted = given;
  std::sort(sorted.begin(), sorted.end());
  if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) {
    refuse(comm, where, fmt::format("{} names a rank twice ({}); name each once", which, fmt::join(given, ", ")));
  }
  return sorted;
}

/// `item_bytes`, if the ranks agree on it and the options: such that make different channels would wait for each
/// other for ever. Collective.
std::size_t agreed(const communicator& comm, const channel_options& options, std::size_t item_bytes,
                   const call_site& where) {
  std::uint64_t sum = 1469598103934665603U;  // FNV-1a
  const auto add = [&](std::uint64_t number) { sum = (sum ^ number) * 1099511628211U; };
  add(options.capacity);
  add(item_bytes);
  for (const auto* ranks : {&options.producers, &options.consumers}) {
    add(ranks->size());
    for (const int rank : *ranks) add(static_cast<std::uint64_t>(rank));
  }
  const auto least = comm.allreduce(std::vector<std::uint64_t>{sum, ~sum}, minimum{}, where);
  if (least[0] != ~least[1]) {
    refuse(comm, where,
           "the ranks do not agree on its type, capacity, producers or consumers; give the same on every rank");
  }
  return item_bytes;
}

/// MPI sends so much without waiting for the receiver. Of items that differ in length longer ones are long.
constexpr std::size_t at_once = 1024;

bool consumes(const channel_options& options, int rank) {
  const auto& listed = options.consumers;
  return listed.empty() || std::find(listed.begin(), listed.end(), rank) != listed.end();
}

/// The longest message that comes to a rank. Items come to consumers only.
std::size_t longest(std::size_t item_bytes, bool consumer) {
  if (!consumer) return sizeof(std::uint64_t);
  return item_bytes == 0 ? at_once : std::max(item_bytes, sizeof(std::uint64_t));
}

/// Some more than the 30 messages that Open MPI brings in one look, so that it finds a place for each.
std::size_t places(const channel_options& options, bool consumer) {
  return consumer ? std::clamp<std::size_t>(options.capacity, 16, 64) : 16;
}

/// Looks for an item that comes presently, which is not worth reading the clock twice.
constexpr int brief = 16;

}  // namespace

channel_core::channel_core(const communicator& comm, channel_options options, std::size_t item_bytes,
                           const call_site& where)
    : comm_{comm.duplicate(where)},
      made_{where},
      options_{std::move(options)},
      item_bytes_{agreed(comm_, options_, item_bytes, where)},
      longs_{item_bytes == 0 ? comm_.duplicate(where) : communicator{}},
      window_{options_.capacity},
      inbox_{item_bytes},
      inlet_{comm_, longs_, longest(item_bytes, consumes(options_, comm_.rank())),
             places(options_, consumes(options_, comm_.rank()))} {
  if (options_.capacity == 0) refuse(comm_, where, "capacity is 0 (nothing could be sent); give at least 1");
  const auto producers = ranks_of(options_.producers, "producers", comm_, where);
  const auto consumers = ranks_of(options_.consumers, "consumers", comm_, where);
  const int me = comm_.rank();
  produces_ = std::binary_search(producers.begin(), producers.end(), me);
  consumes_ = std::binary_search(consumers.begin(), consumers.end(), me);
  // To itself a rank needs no messages, and may send all it can hold before it receives.
  if (produces_) {
    for (const int rank : consumers)
      sinks_.push_back({.rank = rank, .credits = rank == me ? options_.capacity : 1});
    credits_ = sinks_.size() - (consumes_ ? 1 : 0);
  }
  if (consumes_) {
    for (const int rank : producers)
      sources_.push_back({.rank = rank, .granted = rank == me ? options_.capacity : 1});
    open_sources_ = sources_.size();
  }
}

channel_core::~channel_core() {
  if (!mpi_active()) return;
  try {
    finish();
  } catch (...) {  // NOLINT(bugprone-empty-catch): MPI has failed, and whoever uses it next will hear of it
  }
}

bool channel_core::can_send(const call_site& where) {
  if (credits_ != 0 && !closed_) return true;
  if (!produces_) refuse(comm_, where, "send, but this rank is not among its producers; name it there");
  if (closed_) refuse(comm_, where, "send after close(); send first");
  const auto* self = find_sink(comm_.rank());
  const auto room = [&] { return credits_ != 0 || (self != nullptr && !self->left && self->credits != 0); };
  if (!room()) poll();
  if (sinks_left_ == sinks_.size()) {
    throw channel_error{fmt::format(
        "channel on rank {} (send called at {}:{}): every consumer has left{}; nobody receives", comm_.rank(),
        where.file, where.line, failed_sink_ ? fmt::format(", rank {} by an exception", *failed_sink_) : "")};
  }
  return room();
}

bool channel_core::wait_to_send(std::optional<clock::time_point> until, const call_site& where) {
  if (can_send(where)) return true;
  const auto ready = [&] {
    if (can_send(where)) return true;
    const auto* self = find_sink(comm_.rank());
    if (!until && self != nullptr && !self->left && sinks_left_ + 1 == sinks_.size()) {
      throw channel_error{fmt::format(
          "channel on rank {} (send called at {}:{}): it is full ({} items), and only this rank receives "
          "(it would wait for itself for ever); receive first, or give it more capacity",
          comm_.rank(), where.file, where.line, options_.capacity)};
    }
    return false;
  };
  return wait("channel send", where, std::cref(ready), until);
}

void channel_core::send(std::span<const std::byte> item) {
  if (item_bytes_ == 0 && item.size() > at_once) return send(buffer<std::byte>(item.begin(), item.end()));
  auto& to = choose();
  if (to.rank == comm_.rank()) {
    arrived(to.rank, item);
  } else {
    comm_.send(item, {.dest = to.rank, .tag = channel_inlet::item_tag});
  }
}

void channel_core::send(buffer<std::byte> item) {
  if (item.size() <= at_once) return send(std::span<const std::byte>{item.data(), item.size()});
  auto& to = choose();
  if (to.rank == comm_.rank()) {
    arrived(to.rank, {item.data(), item.size()});
  } else {
    const std::uint64_t length = item.size();
    sending_.push_back(longs_.isend(std::move(item), {.dest = to.rank, .tag = channel_inlet::long_item_tag}));
    comm_.send(length, {.dest = to.rank, .tag = channel_inlet::long_item_tag});
  }
}

/// Others in turn, and this rank itself if there is no room elsewhere. Takes the credit.
channel_core::sink& channel_core::choose() {
  ++counts_.sent;
  if (credits_ == 0) {
    auto& self = *find_sink(comm_.rank());
    --self.credits;
    return self;
  }
  for (;; ++next_sink_) {
    if (next_sink_ >= sinks_.size()) next_sink_ = 0;
    auto& to = sinks_[next_sink_];
    if (to.credits == 0 || to.rank == comm_.rank()) continue;
    --to.credits;
    --credits_;
    ++next_sink_;
    return to;
  }
}

bool channel_core::can_receive(const call_site& where) {
  if (!consumes_) refuse(comm_, where, "receive, but this rank is not among its consumers; name it there");
  if (has_item() || fetch()) return true;
  if (failures_ != 0) {
    for (auto& from : sources_) {
      if (!std::exchange(from.failed, false)) continue;
      --failures_;
      throw channel_error{
          fmt::format("channel on rank {} (receive called at {}:{}): producer {} was ended by an exception; "
                      "what it had sent before has been received",
                      comm_.rank(), where.file, where.line, from.rank)};
    }
  }
  return false;
}

bool channel_core::wait_to_receive(std::optional<clock::time_point> until, const call_site& where) {
  for (int n = 0; n != brief; ++n) {
    if (can_receive(where) || ended() || left_) return true;
  }
  const auto since = clock::now();
  const auto ready = [&] {
    if (can_receive(where) || ended()) return true;
    if (!until && produces_ && !closed_ && open_sources_ == 1 && find_source(comm_.rank()) != nullptr &&
        !find_source(comm_.rank())->ended) {
      throw channel_error{
          fmt::format("channel on rank {} (receive called at {}:{}): it is empty, and only this rank has not "
                      "closed it (it would "
                      "wait for itself for ever); send or close first",
                      comm_.rank(), where.file, where.line)};
    }
    return false;
  };
  const bool came = wait("channel recv", where, std::cref(ready), until);
  window_.waited(clock::now() - since);
  return came;
}

void channel_core::take(void* to) {
  int from = 0;
  const auto size = item_size();
  if (inbox_.empty()) {
    from = inlet_.source();
    inlet_.read(to, size);
  } else {
    from = inbox_.source();
    if (size != 0) std::memcpy(to, inbox_.front().data(), size);
    inbox_.pop();
  }
  auto& producer = sources_.size() == 1 ? sources_.front() : *find_source(from);
  ++counts_.received;
  ++producer.taken;
  grant(producer, size);
}

channel_desk& channel_core::desk() {
  if (!desk_) desk_ = std::make_unique<channel_desk>(*this);
  return *desk_;
}

bool channel_core::may_come() const noexcept {
  return std::any_of(sources_.begin(), sources_.end(),
                     [&](const source& from) { return from.rank != comm_.rank() && !from.ended; });
}

bool channel_core::may_have_room() const noexcept {
  return std::any_of(sinks_.begin(), sinks_.end(),
                     [&](const sink& to) { return to.rank != comm_.rank() && !to.left; });
}

void channel_core::share_out() noexcept {
  share_ = std::max<std::uint64_t>(window_.items() / std::max<std::size_t>(open_sources_, 1), 1);
}

/// New credits for a producer that has used half of its share.
void channel_core::grant(source& to, std::size_t bytes) {
  const auto outstanding = to.granted - to.taken;
  const bool self = to.rank == comm_.rank();
  const bool due = !self && !to.ended && 2 * outstanding <= share_;
  window_.took(bytes, due);
  if (self && !closed_) {
    ++to.granted;
    ++find_sink(to.rank)->credits;
  } else if (due) {
    share_out();
    if (share_ > outstanding) {
      to.granted += share_ - outstanding;
      say(to.rank, credit_tag, share_ - outstanding);
    }
  }
}

}  // namespace cohort::detail
