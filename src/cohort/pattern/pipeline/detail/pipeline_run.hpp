#pragma once

#include <cohort/core/call_site.hpp>
#include <cohort/core/communicator.hpp>
#include <cohort/core/detail/owned.hpp>
#include <cohort/pattern/pipeline/detail/item_place.hpp>
#include <cohort/pattern/pipeline/detail/parcel.hpp>
#include <cohort/pattern/pipeline/options.hpp>
#include <cohort/pattern/pipeline/pipeline_error.hpp>
#include <cohort/pattern/pipeline/placement.hpp>
#include <cohort/pattern/pipeline/report.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <typeinfo>
#include <utility>
#include <vector>

namespace cohort::detail {

class conduit;

/// A stage of a segment that has items at work, and hands on what they become later.
class deferring {
 public:
  [[nodiscard]] virtual bool has_work() const = 0;
  /// Hands on what has become of its first item, if it is over or is before `patience` ends.
  virtual bool hand_on(std::chrono::nanoseconds patience) = 0;

 protected:
  ~deferring() = default;
};

/// What is known of a pipeline's stages without their types.
struct stage_outline {
  std::string name;
  stage_needs needs;
  int threads = 1;
  bool keyed = false;
  bool in_loop = false;
  bool shares = true;                    ///< several threads can have its function
  const std::type_info* item = nullptr;  ///< what it takes; null for the source
};

/// One rank's run of its segment of a pipeline: what the stages, which know their types, have in common. Keeps the
/// time, the counts and, for errors, what is going on.
class pipeline_run {
 public:
  static constexpr std::size_t nowhere = static_cast<std::size_t>(-1);

  /// Collective: duplicates `comm`. Throws argument_error, on every rank, for options that make no sense, and if
  /// the ranks do not agree on the pipeline.
  pipeline_run(const communicator& comm, std::vector<stage_outline> stages, const pipeline_options& options,
               call_site where);
  pipeline_run(const pipeline_run&) = delete;
  pipeline_run& operator=(const pipeline_run&) = delete;
  ~pipeline_run();

  /// This rank's segment; null if it has none.
  [[nodiscard]] const segment* mine() const noexcept { return mine_ ? &segments_[*mine_] : nullptr; }

  /// The time goes to this stage from now on. @{
  void enter(std::size_t stage) noexcept {
    const auto moment = now();
    if (current_ != nowhere) {
      busy_[current_] += moment - since_;
      worked_ += moment - since_;
    }
    current_ = stage;
    since_ = moment;
  }
  void rest() noexcept { enter(nowhere); }
  /// @}
  /// An exception from now on is this stage's.
  void blame(std::size_t stage) noexcept { blamed_ = stage; }
  void count_in(std::size_t stage) noexcept { ++in_[stage]; }
  void count_out(std::size_t stage) noexcept { ++out_[stage]; }

  /// Around each item that goes through this rank's segment: made by the source, or come from elsewhere. @{
  void begin_own(std::uint64_t number) {
    check();
    if (measuring_ && knows_enough(number)) next_phase();
    origin_ = number;
    making_ = false;
  }
  void end_own();
  /// @}
  /// Around what a stage makes after its last item.
  void begin_end(std::size_t stage);
  /// For the sink: no more is wanted. Throws.
  [[noreturn]] void enough();
  /// Throws if the pipeline has failed, here or elsewhere, or has had enough.
  void check() const;
  /// Hands an item to a later stage: a function that emits may swallow what that throws, but it has failed.
  template <class Give>
  void keep_failure(Give&& give) {
    try {
      give();
    } catch (...) {
      note_failure();
      throw;
    }
  }

  /// While spare ranks wait for loads to be measured: everything given so far has been handed on; when this is so
  /// everywhere, they get their stages. False if they have them, or there are none. Collective, but for the ranks
  /// that have failed.
  bool next_phase();

  /// Calls take(payload) for each entry that comes, until there are no more.
  template <class Take>
  void serve(Take&& take) {
    while (const auto payload = next_item()) {
      take(*payload);
      check();  // a function that emits may have swallowed what failed
      if (!std::exchange(deferred_, false)) end();
    }
  }

  /// For stages that run in threads: `node` stays until the pipeline has ended on this rank; those behind come
  /// first.
  void defers(deferring& node);
  /// What is being worked on, which this stage is going to resume().
  void defer(std::size_t stage) noexcept { deferred_ = deferred_ || stage == mine()->first; }
  [[nodiscard]] item_place place_of_item() const { return {origin_, path_, branches_, emitted_, late_}; }
  /// The stage has taken so long for an item, in one of its threads.
  void took(std::size_t stage, std::int64_t time, std::size_t threads) noexcept {
    busy_[stage] += time;
    worked_ += time / static_cast<std::int64_t>(threads);  // it did not keep the rank for longer
  }
  /// Calls go_on() for an item that was put aside, then goes back to the one that is being worked on. If the item
  /// is not over yet, `at` keeps its place for the next time.
  template <class GoOn>
  void resume(std::size_t stage, item_place& at, bool over, GoOn&& go_on) {
    rest();
    auto current = place_of_item();
    set_place(std::move(at));
    keep_failure(go_on);
    rest();
    if (over) {
      end_deferred(stage);
    } else {
      put_aside(at);
    }
    set_place(std::move(current));
  }
  /// Waits a little for its first item, and looks at messages.
  void wait_for(deferring& node);

  /// Where stages give items back from other ranks: how their gate, here, takes one (its payload). @{
  void on_returned(std::function<void(std::span<const std::byte>)> take) { on_returned_ = std::move(take); }
  /// All that have come back, before a new one is given out; then goes back to the item that is being worked on.
  void returned_first();
  /// Until none is left, and none can come.
  void drain();
  /// @}
  /// The same for the stage's rank: room for the payload of an item that goes back.
  [[nodiscard]] std::byte* room_back(std::size_t bytes);
  /// Throws if more have been given back and wait at this gate than may: `here` by stages of this rank, others by
  /// messages, if its loop goes over several ranks.
  void limit_waiting(std::size_t gate, std::size_t here, bool by_messages);

  /// How the source names the place of its items, if it can; for errors. Every rank calls it, or none.
  void name_places(std::function<std::string(std::uint64_t)> place_of) { place_of_ = std::move(place_of); }

  /// Sends an item on: room for its payload; then sent().
  [[nodiscard]] std::byte* room(std::size_t bytes, std::optional<std::uint64_t> hash);
  void sent();

  /// The end: work() does this rank's part. All ranks agree how it went; throws pipeline_error on all if one has
  /// failed.
  template <class Work>
  [[nodiscard]] pipeline_report finish(Work&& work) {
    try {
      if (!mine_) next_phase();
      if (mine_) work();
      rest();
      if (!failure_) close();
    } catch (...) {
      note_failure();
    }
    rest();
    return conclude();
  }

 private:
  [[nodiscard]] static std::int64_t now() noexcept;
  void close();
  bool take_returned();
  void set_place(item_place&& at) {
    origin_ = at.origin;
    path_ = std::move(at.path);
    branches_ = at.branches;
    emitted_ = at.emitted;
    late_ = at.late;
  }
  void end_deferred(std::size_t stage);
  void put_aside(item_place& at);
  void hand_on();
  bool wait_for_threads();
  /// The payload of the next entry that comes, begun; nothing at the end. Valid until the next call.
  [[nodiscard]] std::optional<std::span<const std::byte>> next_item();
  bool begin(const entry_view& entry);
  void end();
  void say_of_order(entry_kind what);
  void learn_cost();
  [[nodiscard]] bool knows_enough(std::uint64_t items) const;
  void note_failure();
  [[nodiscard]] pipeline_report conclude();
  [[nodiscard]] pipeline_report report();

  communicator comm_;
  call_site where_;
  std::vector<stage_outline> stages_;
  pipeline_options options_;
  std::vector<stage_needs> needs_;
  std::vector<segment> segments_;
  std::optional<std::size_t> mine_;
  bool measuring_ = false;  ///< spare ranks wait for loads to be measured
  owned<conduit> conduit_;
  std::function<void(std::span<const std::byte>)> on_returned_;
  std::function<std::string(std::uint64_t)> place_of_;
  std::optional<int> agreed_;  ///< what leave() has said, if this rank has left
  std::vector<std::int64_t> busy_;
  std::vector<std::uint64_t> in_;
  std::vector<std::uint64_t> out_;
  std::size_t current_ = nowhere;
  std::size_t blamed_ = 0;
  std::int64_t since_ = 0;
  std::int64_t begun_ = 0;
  std::int64_t worked_ = 0;          ///< by the stages here
  std::int64_t worked_at_sent_ = 0;  ///< when the entry before was sent on
  std::int64_t spent_ = 0;           ///< at the end of the item before
  std::int64_t cost_ = 0;            ///< of an item, on average, the last ones most
  std::uint64_t origin_ = no_item;
  std::vector<deferring*> deferring_;
  bool deferred_ = false;  ///< the item being worked on ends later
  order_path path_;        ///< of the item being worked on
  bool branches_ = false;
  std::uint64_t emitted_ = 0;
  bool late_ = false;
  bool making_ = true;   ///< no item has been begun
  bool enough_ = false;  ///< the sink, here, wants no more
  std::optional<pipeline_failure> failure_;
  std::exception_ptr exception_;
};

}  // namespace cohort::detail
