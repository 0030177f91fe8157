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
    team_.start(std::make_unique<work>(run_.place_of_item(), functions_, std::move(item)));
  }

  [[nodiscard]] bool has_work() const override { return !team_.empty(); }
  bool hand_on(std::chrono::nanoseconds patience) override {
    const auto first = team_.first(patience);
    if (!first) return false;
    run_.took(number_, first->took, team_.threads());
    run_.blame(number_);
    run_.resume(number_, std::move(first->at), [&] {
      if (first->failure) std::rethrow_exception(first->failure);
      for (auto&& each : static_cast<work&>(*first).made) {
        Out out(std::move(each));
        run_.count_out(number_);
        next_->take(std::move(out));
        run_.blame(number_);
        run_.rest();
      }
    });
    return true;
  }

 private:
  struct work final : stage_team::job {
    work(item_place where, Functions& all, Item&& what)
        : job{std::move(where)}, functions{all}, item{std::move(what)} {}
    void run(std::size_t thread) override {
      auto& function = functions[thread];
      using Function = std::remove_reference_t<decltype(function)>;
      if constexpr (emits_from<Function, Item, second_emits<std::remove_const_t<Function>>>) {
        emitter<Out> emit{
            &made, [](void* to, Out&& out) { static_cast<std::vector<Out>*>(to)->push_back(std::move(out)); }};
        call_stage(function, item, emit);
      } else {
        auto result = call_stage(function, item);
        if constexpr (is_optional<decltype(result)>) {
          if (result) made.push_back(std::move(*result));
        } else {
          made.push_back(std::move(result));
        }
      }
    }
    Functions& functions;
    Item item;
    std::vector<Out> made;
  };

  pipeline_run& run_;
  std::size_t number_;
  std::unique_ptr<consumer<Out>> next_;
  Functions functions_;
  stage_team team_;  ///< last: its threads end first
};

}  // namespace cohort::detail
