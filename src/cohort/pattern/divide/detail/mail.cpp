#include <cohort/collective/iallreduce.hpp>
#include <cohort/p2p/irecv.hpp>
#include <cohort/p2p/issend.hpp>
#include <cohort/p2p/probe.hpp>
#include <cohort/p2p/recv.hpp>
#include <cohort/pattern/detail/waiting.hpp>
#include <cohort/pattern/divide/detail/mail.hpp>

#include <algorithm>
#include <cstring>
#include <random>
#include <utility>

namespace cohort::detail {
namespace {

enum tag : int { asking, problems, results, failing, ending };

constexpr int random_tries = 2;
constexpr int all_at_most = 9;           // with so many ranks everybody may be asked
constexpr std::int64_t pause = 100'000;  // between two questions, in nanoseconds
constexpr std::size_t large = std::size_t{64} << 10U;

}  // namespace

divide_mail::divide_mail(const communicator& comm, int root, std::uint64_t seed, const call_site& where)
    : lane_{comm.size() == 1 ? comm : comm.duplicate(where)},
      rank_{comm.rank()},
      size_{comm.size()},
      root_{root},
      random_{static_cast<std::uint_fast32_t>(seed * 1'000'003U + static_cast<unsigned>(rank_) + 1)},
      asked_(static_cast<std::size_t>(size_), false) {
  for (int distance = 1; distance < size_; distance = size_ <= all_at_most ? distance + 1 : 2 * distance) {
    lifelines_.push_back((rank_ + distance) % size_);
    // At first the root alone has work, so those it is a lifeline of need not ask.
    if (rank_ == root_) {
      askers_.push_back((rank_ - distance + size_) % size_);
    } else if (lifelines_.back() == root_) {
      asked_[static_cast<std::size_t>(root_)] = true;
      ++open_questions_;
    }
  }
  std::minstd_rand random{random_};
  if (size_ <= all_at_most) std::shuffle(lifelines_.begin(), lifelines_.end(), random);
  random_ = random();
}

bool divide_mail::listen() {
  if (alone()) return false;
  sweep();
  bool any = false;
  while (const auto found = lane_.iprobe()) {
    any = true;
    hear(*found);
  }
  for (auto& each : arriving_) {
    if (!each.bytes.test()) continue;
    any = each.done = true;
    each.what.bytes = each.bytes.get();
    arrived_.push_back(std::move(each.what));
  }
  if (any) std::erase_if(arriving_, [](const arrival& each) { return each.done; });
  return any;
}

void divide_mail::hear(const status& found) {
  const from sender{.source = found.source(), .tag = found.tag()};
  if (sender.tag == problems || sender.tag == results) {
    if (sender.tag == problems) {
      asked_[static_cast<std::size_t>(sender.source)] = false;
      --open_questions_;
    }
    // A long one takes its sender's help, which may be busy: this rank goes on meanwhile.
    arriving_.push_back(
        {{sender.source, sender.tag == results, {}}, lane_.irecv<buffer<std::byte>>(found.bytes(), sender)});
    return;
  }
  (void)lane_.recv<buffer<std::byte>>(sender);
  if (sender.tag == asking) {
    askers_.push_back(sender.source);
  } else if (!ended_) {
    end();
  }
}

std::optional<divide_mail::letter> divide_mail::next() {
  if (arrived_.empty()) return std::nullopt;
  auto result = std::move(arrived_.front());
  arrived_.pop_front();
  return result;
}

void divide_mail::begin_asking(std::int64_t now) noexcept {
  tries_ = 0;
  next_ask_ = now;
}

std::optional<int> divide_mail::choose() {
  if (tries_ < random_tries && open_questions_ < lifelines_.size() + random_tries) {
    ++tries_;
    random_ = std::minstd_rand{random_}();
    const int other = static_cast<int>(random_ % static_cast<unsigned>(size_ - 1));
    const int victim = (rank_ + 1 + other) % size_;
    if (!asked_[static_cast<std::size_t>(victim)]) return victim;
  }
  const auto found = std::find_if(lifelines_.begin(), lifelines_.end(),
                                  [this](int r) { return !asked_[static_cast<std::size_t>(r)]; });
  return found == lifelines_.end() ? std::nullopt : std::optional{*found};
}

bool divide_mail::ask(std::int64_t now) {
  if (alone() || ended_ || now < next_ask_) return false;
  const auto victim = choose();
  if (!victim) return false;
  next_ask_ = now + pause;
  asked_[static_cast<std::size_t>(*victim)] = true;
  ++open_questions_;
  send(*victim, asking, {});
  return true;
}

void divide_mail::send_problems(int dest, buffer<std::byte>&& what) {
  send(dest, problems, std::move(what));
}

std::byte* divide_mail::place_result(int dest, std::size_t bytes) {
  if (bytes >= large) {
    large_for_ = dest;
    large_ = buffer<std::byte>(bytes);
    return large_.data();
  }
  auto& batch = results_[dest];
  const auto at = batch.size();
  batch.resize(at + bytes);
  return batch.data() + at;
}

void divide_mail::placed() {
  if (!large_.empty()) send(large_for_, results, std::exchange(large_, {}));
}

void divide_mail::flush() {
  if (results_.empty()) return;
  for (const auto& [dest, batch] : results_) {
    send(dest, results, buffer<std::byte>(batch.begin(), batch.end()));
  }
  results_.clear();
}

void divide_mail::send(int dest, int tag, buffer<std::byte>&& what) {
  leaving_.push_back(lane_.issend(std::move(what), {.dest = dest, .tag = tag}));
}

void divide_mail::sweep() {
  std::erase_if(leaving_, [](auto& each) { return each.test(); });
}

void divide_mail::end() {
  ended_ = true;
  if (alone()) return;
  // Along a binary tree from the root.
  const int place = (rank_ - root_ + size_) % size_;
  for (const int child : {2 * place + 1, 2 * place + 2}) {
    if (child < size_) send((child + root_) % size_, ending, {});
  }
}

void divide_mail::fail() {
  if (ended_) return;
  if (rank_ == root_) {
    end();
  } else {
    send(root_, failing, {});
  }
}

int divide_mail::leave(bool failed) {
  if (alone()) return failed ? 0 : -1;
  results_.clear();
  waiting idle;
  const auto until = [&](const auto& done) {
    idle.reset();
    while (!done()) {
      const bool heard = listen();
      arrived_.clear();
      if (heard) {
        idle.reset();
      } else {
        idle.once();
      }
    }
  };
  until([&] { return leaving_.empty(); });
  // Who takes part has nothing on its way out. The greatest wins: 0 is no failure, the lowest rank's the greatest.
  auto verdict = lane_.iallreduce(failed ? size_ - rank_ : 0, maximum{});
  until([&] { return verdict.test(); });
  until([&] { return arriving_.empty(); });
  const int lowest = verdict.get();
  return lowest == 0 ? -1 : size_ - lowest;
}

}  // namespace cohort::detail
