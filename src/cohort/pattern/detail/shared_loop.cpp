#include <cohort/core/host_name.hpp>
#include <cohort/pattern/crew/clock.hpp>
#include <cohort/pattern/detail/shared_loop.hpp>
#include <cohort/pattern/detail/waiting.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <utility>

namespace cohort::detail {
namespace {

using namespace std::chrono_literals;
using word = std::atomic_ref<std::uint64_t>;

constexpr std::uint64_t longest_stride = 256;
constexpr dispatch::duration full_stride = 50us;
/// How long a rank waits for what another one of its node has asked for, before it asks for itself.
constexpr dispatch::duration patience = 500us;

std::string place(const communicator& comm, const char* routine, const call_site& where) {
  return fmt::format("{} on rank {} (called at {}:{})", routine, comm.rank(), where.file, where.line);
}

loop_plan checked(const communicator& comm, const team& members, loop_plan plan, const char* routine,
                  const call_site& where) {
  if (plan.how == dispatch::schedule::automatic) plan.how = members.preferred;
  plan.workers = static_cast<std::uint64_t>(comm.size());
  if (members.nodes() > 1 && !plan.is_static()) plan.advance = 3;  // one runs, and up to one and a half wait
  try {
    (void)dispatch::chunk_at(plan.how, 0, 1, 1);
  } catch (const argument_error& e) {
    throw argument_error{fmt::format("{}: {}", place(comm, routine, where), e.what())};
  }
  if (members.busy) {
    throw argument_error{fmt::format(
        "{}: a loop on this communicator is still running (this call is inside it, and the other ranks do "
        "not make it); give the inner loop a communicator of its own",
        place(comm, routine, where))};
  }
  return plan;
}

}  // namespace

shared_loop::shared_loop(const communicator& comm, const char* routine, loop_plan plan, int node_size,
                         const call_site& where)
    : comm_{comm},
      routine_{routine},
      where_{where},
      team_{team::of(comm, node_size, where)},
      words_{team_.words()},
      pool_{team_.pool()},
      plan_{checked(comm, team_, plan, routine, where)},
      loop_{++team_.loops},
      parity_{loop_ % 2},
      static_next_{static_cast<std::uint64_t>(team_.rank)} {
  team_.busy = true;
  if (team_.nodes() > 1) mail_.emplace(team_, loop_);
  if (plan_.is_static()) return;
  // Each node but the hub begins with a portion for each rank; the hub has the rest.
  std::uint64_t end = 0;
  for (int node = 1; node < team_.nodes(); ++node) {
    const auto begin = end;
    end = plan_.after(begin, static_cast<std::uint64_t>(team_.node_sizes[static_cast<std::size_t>(node)]));
    if (node == team_.node) home_ = {begin, end};
  }
  if (team_.node == 0) home_ = {end, plan_.units()};
}

bool shared_loop::failed() const noexcept {
  return word{words_.failed}.load(std::memory_order_relaxed) == loop_;
}

std::optional<unit_range> shared_loop::next() {
  if (failed()) return std::nullopt;
  auto units = plan_.is_static() ? next_static() : claim();
  if (!units && !plan_.is_static() && team_.node != 0) units = next_of_hub();
  last_ = crew::now();
  if (!units) return std::nullopt;
  return plan_.indices(*units);
}

std::optional<unit_range> shared_loop::next_static() {
  const auto units = plan_.units();
  const auto each = units == 0 ? 0 : plan_.portion(0);
  if (each == 0 || static_next_ >= units / each + (units % each != 0 ? 1 : 0)) return std::nullopt;
  const auto begin = static_next_ * each;
  static_next_ += plan_.workers;
  return unit_range{begin, begin + std::min(each, units - begin)};
}

std::optional<claimed> shared_loop::claim_home(std::uint64_t portions) {
  const word home{words_.home};
  const auto base = team_.home_base;
  auto seen = home.load(std::memory_order_relaxed);
  for (;;) {
    const auto begin = seen > base + home_.begin ? seen - base : home_.begin;
    if (begin >= home_.end) return std::nullopt;
    const unit_range cut{begin, std::min(plan_.after(begin, portions), home_.end)};
    if (home.compare_exchange_weak(seen, base + cut.end, std::memory_order_relaxed)) {
      return claimed{cut, passes_middle(home_.begin, home_.end, cut)};
    }
  }
}

std::optional<unit_range> shared_loop::claim() {
  if (!held_.empty()) {
    const unit_range mine{held_.begin, std::min(plan_.after(held_.begin, 1), held_.end)};
    held_.begin = mine.end;
    if (held_.empty()) word{words_.asked}.fetch_sub(1);
    return mine;
  }
  auto found = claim_home(1);
  if (team_.node == 0) return found ? std::optional{found->what} : std::nullopt;
  if (!found) found = pool_.take([this](std::uint64_t at) { return plan_.portion(at); });
  if (!found) return std::nullopt;
  if (found->middle && !mail_->waits() && word{words_.finished}.load() != loop_) {
    word{words_.asked}.fetch_add(1);
    ask(static_cast<std::uint64_t>(team_.here()));
  }
  return found->what;
}

std::optional<unit_range> shared_loop::next_of_hub() {
  const word asked{words_.asked};
  waiting idle;
  const auto since = crew::now();
  for (;;) {
    // What was asked for is shared out before it is no longer counted.
    const bool over = word{words_.finished}.load() == loop_ && asked.load() == 0;
    if (failed()) return std::nullopt;
    if (auto units = claim()) return units;
    if (over) return std::nullopt;
    if (!mail_->waits() && held_.empty() && word{words_.finished}.load() != loop_) {
      std::uint64_t none = 0;
      if (asked.compare_exchange_strong(none, 1)) {
        ask(static_cast<std::uint64_t>(team_.here()));
      } else if (crew::now() - since > patience) {
        asked.fetch_add(1);
        ask(1);  // the one that asked may be busy for long
      }
    }
    if (poll()) {
      idle.reset();
    } else {
      idle.once(full_stride);  // work is what it waits for
    }
  }
}

void shared_loop::ask(std::uint64_t portions) {
  mail_->ask({.portions = portions});
}

bool shared_loop::proceed(std::uint64_t n) {
  const auto now = crew::now();
  const auto took = now - last_;
  last_ = now;
  busy_ += took;
  ran_ += n;
  if (took < full_stride / 2) {
    if (n >= stride_) stride_ = std::min(2 * stride_, longest_stride);
  } else if (took > 2 * full_stride) {
    const auto each = static_cast<std::uint64_t>(took.count()) / std::max<std::uint64_t>(n, 1);
    stride_ = std::clamp<std::uint64_t>(
        static_cast<std::uint64_t>(full_stride.count()) / std::max<std::uint64_t>(each, 1), 1, longest_stride);
  }
  if (failed()) return false;
  if (mail_ && now - polled_ >= full_stride) {
    poll();
    polled_ = last_ = crew::now();
  }
  return true;
}

bool shared_loop::poll() {
  if (!mail_) return false;
  if (team_.node == 0) return mail_->serve([this](const loop_mail::question& asked) { return grant(asked); });
  bool any = false;
  if (mail_->stopped()) {
    word{words_.failed}.store(loop_);
    any = true;
  }
  if (const auto granted = mail_->answer()) {
    take(*granted);
    any = true;
  } else if (!held_.empty() && pool_.publish(held_)) {
    held_ = {};
    word{words_.asked}.fetch_sub(1);
    any = true;
  }
  return any;
}

void shared_loop::take(const unit_range& granted) {
  // Never beyond this rank's own loop: the hub's may be another one, which shows in the end.
  const unit_range usable{granted.begin, std::min(granted.end, plan_.units())};
  if (granted.empty()) {
    word{words_.finished}.store(loop_);
  } else if (!usable.empty() && !failed() && !pool_.publish(usable)) {
    held_ = usable;
    return;  // counted until it is shared out or done
  }
  word{words_.asked}.fetch_sub(1);
}

unit_range shared_loop::grant(const loop_mail::question& asked) {
  if (asked.failed != 0) {
    if (word{words_.failed}.exchange(loop_) != loop_) mail_->stop_all();
    return {};
  }
  if (failed()) return {};
  const auto found = claim_home(asked.portions);
  return found ? found->what : unit_range{};
}

void shared_loop::fail(std::uint64_t index) {
  failure_ = describe_current_exception();
  failure_->host = host_name();
  failure_->rank = comm_.rank();
  failure_->task = index;
  const word first{words_.failure[parity_]};
  auto seen = first.load();
  while (seen < ~index && !first.compare_exchange_weak(seen, ~index)) {
  }
  tells_ = word{words_.failed}.exchange(loop_) != loop_;
}

}  // namespace cohort::detail
