#pragma once

#include <cohort/pattern/emitter.hpp>
#include <cohort/pattern/pipeline/detail/nodes.hpp>
#include <cohort/pattern/pipeline/detail/stage_team.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace cohort::detail {

/// What the threads of a stage call. Its type does not name the function's, so that there is less to compile.
template <class Item, class Out>
class thread_functions {
 public:
  thread_functions() = default;
  thread_functions(const thread_functions&) = delete;
  thread_functions& operator=(const thread_functions&) = delete;
  virtual ~thread_functions() = default;
  /// In a thread, of which `thread` is the number.
  virtual void call(std::size_t thread, Item& item, emitter<Out>& emit) = 0;
  /// In the rank's own thread, while the others have nothing to do.
  virtual void finish(pipeline_run& run, std::size_t number, emitter<Out>& emit) = 0;
};

/// Functions: one for each thread, or one for all.
template <class Functions, class Item, class Out>
class functions_for_threads final : public thread_functions<Item, Out> {
 public:
  explicit functions_for_threads(Functions&& all) : all_{std::move(all)} {}

  void call(std::size_t thread, Item& item, emitter<Out>& emit) override {
    auto& function = all_[thread];
    using Function = std::remove_reference_t<decltype(function)>;
    if constexpr (emits_from<Function, Item, second_emits<std::remove_const_t<Function>>>) {
      call_stage(function, item, emit);
    } else if constexpr (std::is_void_v<decltype(call_stage(function, item))>) {
      call_stage(function, item);
    } else {
      auto result = call_stage(function, item);
      if constexpr (is_optional<decltype(result)>) {
        if (result) emit(std::move(*result));
      } else {
        emit(std::move(result));
      }
    }
  }
  void finish(pipeline_run& run, std::size_t number, emitter<Out>& emit) override {
    if constexpr (requires { all_.function; }) {
      finish_function(run, number, emit, all_.function);
    } else {
      for (auto& function : all_) finish_function(run, number, emit, function);
    }
  }

 private:
  Functions all_;
};

/// A stage that several threads of a rank run, each calling its one of the functions. All else is done in the
/// rank's own thread, in the order in which the items came.
template <class Item, class Out>
class thread_node final : public consumer<Item>, public deferring {
 public:
  using functions = thread_functions<Item, Out>;

  thread_node(pipeline_run& run, std::size_t number, std::unique_ptr<functions> all, std::size_t threads,
              std::unique_ptr<consumer<Out>> next)
      : run_{run}, number_{number}, next_{std::move(next)}, functions_{std::move(all)}, team_{threads} {
    run_.defers(*this);
  }

  void take(Item&& item) override {
    run_.count_in(number_);
    run_.blame(number_);
    run_.rest();
    while (team_.full()) run_.wait_for(*this);
    run_.defer(number_);
    team_.start(std::make_unique<work>(run_.place_of_item(), team_, *functions_, std::move(item)));
  }

  [[nodiscard]] bool has_work() const override { return !team_.empty(); }
  bool hand_on(std::chrono::nanoseconds patience) override {
    const auto first = team_.first(patience);
    if (first.which == nullptr) return false;
    auto& job = static_cast<work&>(*first.which);
    auto outside = std::move(job.outside);
    job.outside.clear();
    if (!first.over) {
      team_.taken();  // it makes more meanwhile
      run_.blame(number_);
      run_.resume(number_, job.at, false, [&] { give(outside); });
      return true;
    }
    const auto over = team_.take_over();
    run_.took(number_, job.took, team_.threads());
    run_.blame(number_);
    run_.resume(number_, job.at, true, [&] {
      if (job.failure) std::rethrow_exception(job.failure);
      give(outside);
      give(job.made);
    });
    return true;
  }

  void finish() override {
    while (has_work()) run_.wait_for(*this);
    emitter<Out> emit{this, [](void* self, Out&& out) { static_cast<thread_node*>(self)->give(std::move(out)); }};
    functions_->finish(run_, number_, emit);
    next_->finish();
  }
  void give(Out&& out) {
    run_.check();
    run_.count_out(number_);
    run_.keep_failure([&] { next_->take(std::move(out)); });
    run_.blame(number_);
    run_.rest();
  }

 private:
  void give(std::vector<Out>& all) {
    for (auto&& each : all) give(Out(std::move(each)));
  }

  struct work final : stage_team::job {
    /// What it makes is put out so many at a time.
    static constexpr std::size_t lot = 64;

    work(item_place where, stage_team& its, functions& those, Item&& what)
        : job{std::move(where)}, team{its}, all{those}, item{std::move(what)} {}
    void put_out() override { outside.swap(made); }
    void make(Out&& out) {
      if (made.size() == lot) team.put_out(*this);
      made.push_back(std::move(out));
    }
    void run(std::size_t thread) override {
      emitter<Out> emit{this, [](void* self, Out&& out) { static_cast<work*>(self)->make(std::move(out)); }};
      all.call(thread, item, emit);
    }
    stage_team& team;
    functions& all;
    Item item;
    std::vector<Out> made;
    std::vector<Out> outside;  ///< the thread's while nothing is put out, else the rank's
  };

  pipeline_run& run_;
  std::size_t number_;
  std::unique_ptr<consumer<Out>> next_;
  std::unique_ptr<functions> functions_;
  stage_team team_;  ///< last: its threads end first
};

}  // namespace cohort::detail
