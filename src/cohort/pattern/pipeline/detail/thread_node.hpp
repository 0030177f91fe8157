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

/// A stage that several threads of a rank run, each calling its one of the functions. All else is done in the
/// rank's own thread, in the order in which the items came.
template <class Functions, class Item, class Out>
class thread_node final : public consumer<Item>, public deferring {
 public:
  thread_node(pipeline_run& run, std::size_t number, Functions&& functions, std::size_t threads,
              std::unique_ptr<consumer<Out>> next)
      : run_{run}, number_{number}, next_{std::move(next)}, functions_{std::move(functions)}, team_{threads} {
    run_.defers(*this);
  }

  void take(Item&& item) override {
    run_.count_in(number_);
    run_.blame(number_);
    run_.rest();
    while (team_.full()) run_.wait_for(*this);
    run_.defer(number_);
    team_.start(std::make_unique<work>(run_.place_of_item(), team_, functions_, std::move(item)));
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
    if constexpr (requires { functions_.function; }) {
      finish_function<Out>(run_, number_, *this, functions_.function);
    } else {
      for (auto& function : functions_) finish_function<Out>(run_, number_, *this, function);
    }
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

    work(item_place where, stage_team& its, Functions& all, Item&& what)
        : job{std::move(where)}, team{its}, functions{all}, item{std::move(what)} {}
    void put_out() override { outside.swap(made); }
    void make(Out&& out) {
      if (made.size() == lot) team.put_out(*this);
      made.push_back(std::move(out));
    }
    void run(std::size_t thread) override {
      auto& function = functions[thread];
      using Function = std::remove_reference_t<decltype(function)>;
      if constexpr (emits_from<Function, Item, second_emits<std::remove_const_t<Function>>>) {
        emitter<Out> emit{this, [](void* self, Out&& out) { static_cast<work*>(self)->make(std::move(out)); }};
        call_stage(function, item, emit);
      } else if constexpr (std::is_void_v<decltype(call_stage(function, item))>) {
        call_stage(function, item);
      } else {
        auto result = call_stage(function, item);
        if constexpr (is_optional<decltype(result)>) {
          if (result) made.push_back(std::move(*result));
        } else {
          made.push_back(std::move(result));
        }
      }
    }
    stage_team& team;
    Functions& functions;
    Item item;
    std::vector<Out> made;
    std::vector<Out> outside;  ///< the thread's while nothing is put out, else the rank's
  };

  pipeline_run& run_;
  std::size_t number_;
  std::unique_ptr<consumer<Out>> next_;
  Functions functions_;
  stage_team team_;  ///< last: its threads end first
};

}  // namespace cohort::detail
