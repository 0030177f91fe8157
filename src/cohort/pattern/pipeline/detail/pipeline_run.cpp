#include <cohort/collective/allreduce.hpp>
#include <cohort/collective/bcast.hpp>
#include <cohort/core/environment.hpp>
#include <cohort/pattern/crew/clock.hpp>
#include <cohort/pattern/pipeline/detail/conduit.hpp>
#include <cohort/pattern/pipeline/detail/pipeline_run.hpp>
#include <cohort/pattern/pipeline/detail/shape.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

namespace cohort::detail {
namespace {

/// As texts name it: "stage blur", and "stage 2" if it has no name.
std::string label(const std::string& name) {
  return name.starts_with("stage ") ? name : "stage " + name;
}

/// The same with a number behind it for the second of a name, and further ones.
std::vector<stage_outline> named_apart(std::vector<stage_outline> stages) {
  std::map<std::string, int> seen;
  for (auto& s : stages) {
    if (const int others = seen[s.name]++; others != 0) s.name += fmt::format(" ({})", others + 1);
  }
  return stages;
}

std::string fault_of_threads(const stage_outline& s) {
  if (s.threads == 1) return {};
  if (s.threads < 1)
    return fmt::format("the {} has {} threads (it is a number of threads); pass at least 1", label(s.name),
                       s.threads);
  if (s.needs.pinned)
    return fmt::format(
        "the {} has {} threads but is {} (which it can be in one thread only); leave out one of the two",
        label(s.name), s.threads, s.needs.ordered ? "ordered" : "stateful");
  if (s.keyed)
    return fmt::format(
        "the {} has {} threads but is keyed (items of a key are worked on one after the other); give it "
        ".replicas instead",
        label(s.name), s.threads);
  if (s.in_loop)
    return fmt::format(
        "the {} has {} threads but is in a loop (where each item is done before the next); give it .replicas "
        "instead",
        label(s.name), s.threads);
  if (!s.shares)
    return fmt::format(
        "the {} has {} threads but its function is not const (all of them call it at the same time); let it "
        "change nothing, or make one for each thread with cohort::stage_of",
        label(s.name), s.threads);
  if (current_threads() < thread_level::funneled)
    return fmt::format(
        "the {} has {} threads but MPI allows none (thread_level::single); make the environment with "
        "thread_level::funneled, which is the default",
        label(s.name), s.threads);
  return {};
}

/// What is wrong with a pipeline, if anything; found on every rank alike.
std::string fault_of(const std::vector<stage_outline>& stages, const pipeline_options& options) {
  if (options.window_items == 0) return "window_items is 0 (nothing could be sent on); pass at least 1";
  if (options.window_bytes == 0) return "window_bytes is 0 (nothing could be sent on); pass at least 1";
  for (const auto& s : stages) {
    if (auto fault = fault_of_threads(s); !fault.empty()) return fault;
    if (s.needs.measured && s.needs.pinned)
      return fmt::format(
          "the {} has automatic replicas but is {} (which it can be on one rank only); leave out one of the "
          "two",
          label(s.name), s.needs.ordered ? "ordered" : "stateful");
    if (s.needs.replicas < 0)
      return fmt::format("the {} has {} replicas (it is a number of ranks); leave .replicas out for as many as fit",
                         label(s.name), s.needs.replicas);
    if (s.needs.pinned && s.needs.replicas > 1)
      return fmt::format(
          "the {} has {} replicas but is {} (which it can be on one rank only); leave out one of the two",
          label(s.name), s.needs.replicas, s.needs.ordered ? "ordered" : "stateful");
  }
  return {};
}

std::vector<stage_needs> needs_of(const communicator& comm, const std::vector<stage_outline>& stages,
                                  const pipeline_options& options, const call_site& where) {
  agree_on_shape(comm, stages, options, where);
  if (const auto fault = fault_of(stages, options); !fault.empty())
    throw argument_error{
        fmt::format("pipeline on rank {} (called at {}:{}): {}", comm.rank(), where.file, where.line, fault)};
  std::vector<stage_needs> needs;
  needs.reserve(stages.size());
  for (const auto& s : stages) needs.push_back(s.needs);
  return needs;
}

std::optional<std::size_t> segment_of(const std::vector<segment>& segments, int rank) {
  for (std::size_t s = 0; s != segments.size(); ++s) {
    const auto& ranks = segments[s].ranks;
    if (std::find(ranks.begin(), ranks.end(), rank) != ranks.end()) return s;
  }
  return std::nullopt;
}

}  // namespace

pipeline_run::pipeline_run(const communicator& comm, std::vector<stage_outline> stages,
                           const pipeline_options& options, call_site where)
    : where_{where},
      stages_{named_apart(std::move(stages))},
      options_{options},
      needs_{needs_of(comm, stages_, options, where)},
      segments_{place_stages(needs_, comm.size())},
      mine_{segment_of(segments_, comm.rank())},
      measuring_{has_spares(needs_, segments_, comm.size())},
      busy_(stages_.size()),
      in_(stages_.size()),
      out_(stages_.size()),
      blamed_{mine_ ? segments_[*mine_].first : 0},
      begun_{now()} {
  comm_ = comm.duplicate(where);
  // Few items on their way while loads are measured: they do without the spare ranks.
  auto first = options_;
  if (measuring_) first.window_items = std::min<std::size_t>(first.window_items, 2);
  conduit_ = owned<conduit>::make(comm_, segments_, mine_, first);
}

pipeline_run::~pipeline_run() = default;

void pipeline_run::defers(deferring& node) {
  deferring_.push_back(&node);
}

void pipeline_run::check() const {
  conduit_->check();
  if (failure_ || enough_) throw pipeline_stopped{};
}

void pipeline_run::enough() {
  enough_ = true;
  throw pipeline_stopped{};
}

void pipeline_run::begin_end(std::size_t stage) {
  rest();
  const auto& here = segments_[*mine_];
  set_place({.origin = no_item, .late = here.depth != 0 && !here.counts});
  making_ = false;
  blame(stage);
  enter(stage);
}

void pipeline_run::close() {
  conduit_->close();
}

void pipeline_run::sent() {
  // Not the cost of an item: many may come of one.
  conduit_->placed(since_, worked_ - std::exchange(worked_at_sent_, worked_));
  conduit_->glance(since_, cost_);
}

std::byte* pipeline_run::room_back(std::size_t bytes) {
  return conduit_->give_back({.origin = origin_, .bytes = bytes});
}

void pipeline_run::limit_waiting(std::size_t gate, std::size_t here, bool by_messages) {
  const auto waiting = here + (by_messages ? conduit_->waiting() : 0);
  if (waiting <= options_.feedback_items) return;
  blame(gate);
  throw error{fmt::format(
      "pipeline: {} items of a loop wait to go round again (more than .feedback_items, which is {}); give "
      "fewer items back, or later, or raise the limit in run_on",
      waiting, options_.feedback_items)};
}

bool pipeline_run::knows_enough(std::uint64_t items) const {
  constexpr std::int64_t long_enough =
      20'000'000;  // nanoseconds: the agreement takes some microseconds to a few ms
  constexpr std::uint64_t some = 4;
  return items >= some && now() - begun_ >= long_enough;
}

bool pipeline_run::next_phase() {
  if (!std::exchange(measuring_, false)) return false;
  rest();
  conduit_->close();
  if (const int failed = conduit_->leave(conduit::ending::done); failed >= 0 || conduit_->stopped()) {
    agreed_ = failed;
    throw pipeline_stopped{};
  }
  // Nobody is through with this before all have left, so nothing of the second phase is taken for the first's.
  auto loads = comm_.allreduce(busy_, std::plus{}, where_);
  for (std::size_t s = 0; s != loads.size(); ++s) loads[s] /= stages_[s].threads;
  place_spares(needs_, segments_, comm_.size(), loads);
  mine_ = segment_of(segments_, comm_.rank());
  if (mine_) blamed_ = segments_[*mine_].first;
  conduit_.reset();
  conduit_ = owned<conduit>::make(comm_, segments_, mine_, options_);
  return true;
}

std::int64_t pipeline_run::now() noexcept {
  return crew::now().count();
}

void pipeline_run::end_own() {
  learn_cost();
  conduit_->glance(since_, cost_);
  hand_on();
  while (take_returned()) continue;
}

bool pipeline_run::take_returned() {
  if (!on_returned_) return false;
  const auto entry = conduit_->returned();
  if (!entry) return false;
  conduit_->check();
  origin_ = entry->head.origin;
  branches_ = late_ = false;  // it gets its place in the order when it goes
  keep_failure([&] { on_returned_(entry->payload); });
  rest();
  conduit_->glance(since_, cost_);
  return true;
}

void pipeline_run::returned_first() {
  rest();
  conduit_->glance(since_, cost_);
  if (conduit_->waiting() == 0) return;
  auto current = place_of_item();
  const auto blamed = blamed_;
  while (take_returned()) continue;
  set_place(std::move(current));
  blame(blamed);
}

void pipeline_run::drain() {
  for (;;) {
    check();
    if (take_returned() || wait_for_threads()) continue;
    if (conduit_->settled()) return;
    conduit_->pause();
  }
}

std::optional<std::span<const std::byte>> pipeline_run::next_item() {
  for (;;) {
    while (!conduit_->ended()) {
      check();
      hand_on();
      if (take_returned()) continue;
      const auto entry = conduit_->next();
      if (!entry) {
        if (!wait_for_threads()) conduit_->pause();
        continue;
      }
      if (begin(*entry)) return entry->payload;
    }
    check();
    if (!wait_for_threads() && conduit_->ended()) return std::nullopt;
  }
}

bool pipeline_run::begin(const entry_view& entry) {
  const auto& here = segments_[*mine_];
  const bool between = here.depth != 0 && !here.counts;
  late_ = between && entry.head.kind == entry_kind::late;
  branches_ = between && !late_;
  making_ = false;
  if (branches_) entry.path_into(path_);
  origin_ = entry.head.origin;
  emitted_ = 0;
  blamed_ = here.first;
  if (is_item(entry.head.kind)) return true;
  // A word about the order goes on as it is.
  if (branches_) {
    say_of_order(entry.head.kind);
  }
  return false;
}

void pipeline_run::end() {
  if (branches_) {
    const auto& stage = stages_[segments_[*mine_].first];
    if (stage.needs.many) {
      path_.push_back(emitted_);
      say_of_order(entry_kind::closed);
    } else if (emitted_ == 0) {
      say_of_order(entry_kind::skipped);
    }
  }
  learn_cost();
  conduit_->done_with_item(cost_);
  conduit_->glance(since_, cost_);
}

void pipeline_run::say_of_order(entry_kind what) {
  (void)conduit_->place({.origin = origin_, .kind = what}, path_, std::nullopt);
  sent();
}

void pipeline_run::learn_cost() {
  enter(current_);
  const auto last = worked_ - std::exchange(spent_, worked_);
  cost_ = cost_ == 0 ? last : cost_ + (last - cost_) / 8;
}

std::byte* pipeline_run::room(std::size_t bytes, std::optional<std::uint64_t> hash) {
  const entry_head head{.origin = origin_, .bytes = bytes, .kind = late_ ? entry_kind::late : entry_kind::item};
  if (!branches_) return conduit_->place(head, {}, hash);
  const bool deeper = stages_[segments_[*mine_].first].needs.many;
  if (deeper) path_.push_back(emitted_);
  ++emitted_;
  auto* const place = conduit_->place(head, path_, hash);
  if (deeper) path_.pop_back();
  return place;
}

void pipeline_run::note_failure() {
  // Once the pipeline has stopped, it may be what a function of the user's made of pipeline_stopped.
  if (failure_ || enough_ || conduit_->stopped()) return;
  exception_ = std::current_exception();
  const auto& stage = stages_[blamed_].name;
  const auto when = origin_ != no_item ? fmt::format("{} at item {}", label(stage), origin_)
                    : making_          ? fmt::format("making of the {}", label(stage))
                                       : fmt::format("{} at the end", label(stage));
  failure_ = {.what = describe_rank_failure(comm_, "pipeline", when), .stage = stage, .item = origin_};
}

pipeline_report pipeline_run::conclude() {
  const auto how = failure_ ? conduit::ending::failed : enough_ ? conduit::ending::enough : conduit::ending::done;
  const int failed = agreed_ ? *agreed_ : conduit_->leave(how);
  if (failed < 0) return report();
  auto what = comm_.rank() == failed ? failure_.value() : pipeline_failure{};
  comm_.bcast(what, {.root = failed}, where_);
  if (place_of_ && what.item != no_item) {
    const int source = segments_.front().ranks.front();
    try {
      if (comm_.rank() == source) what.place = place_of_(what.item);
    } catch (...) {  // NOLINT(bugprone-empty-catch): what failed is told without a place
    }
    comm_.bcast(what.place, {.root = source}, where_);
    if (!what.place.empty()) what.what.during += fmt::format(" ({})", what.place);
  }
  if (comm_.rank() != failed) throw pipeline_error{std::move(what)};
  try {
    std::rethrow_exception(exception_);
  } catch (...) {
    std::throw_with_nested(pipeline_error{std::move(what)});
  }
}

pipeline_report pipeline_run::report() {
  pipeline_report result;
  const auto n = stages_.size();
  auto sums = in_;
  sums.insert(sums.end(), out_.begin(), out_.end());
  sums.insert(sums.end(), busy_.begin(), busy_.end());
  sums = comm_.allreduce(sums, std::plus{}, where_);
  const auto longest = comm_.allreduce(now() - begun_, maximum{}, where_);
  result.seconds = static_cast<double>(longest) * 1e-9;
  for (const auto& s : segments_) {
    for (auto i = s.first; i <= s.last; ++i) {
      stage_report stage{.name = std::move(stages_[i].name),
                         .items_in = sums[i],
                         .items_out = sums[n + i],
                         .busy_seconds = static_cast<double>(sums[2 * n + i]) * 1e-9,
                         .ranks = s.ranks,
                         .threads = stages_[i].threads};
      result.stages.push_back(std::move(stage));
    }
  }
  return result;
}

}  // namespace cohort::detail
