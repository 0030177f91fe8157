#pragma once

#include <cohort/pattern/emitter.hpp>
#include <cohort/pattern/pipeline/detail/nodes.hpp>
#include <cohort/pattern/pipeline/feedback.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

/// A stage that gives items back to itself, and the gate before it that gives them all out.
namespace cohort::detail {

/// Hands on what comes from the stages before, and what the stage after it has given back from other ranks.
template <class Item>
class gate_node final : public consumer<Item> {
 public:
  gate_node(pipeline_run& run, std::size_t number, std::unique_ptr<consumer<Item>> next)
      : run_{run}, number_{number}, next_{std::move(next)} {
    if (run_.mine()->last != number_) return;  // its stage is on this rank, and needs no messages
    run_.on_returned([this](std::span<const std::byte> payload) {
      run_.blame(number_ + 1);
      take(serial::unpack<Item>(payload));
    });
  }

  void take(Item&& item) override {
    run_.count_in(number_);
    run_.count_out(number_);
    next_->take(std::move(item));
  }

 private:
  pipeline_run& run_;
  std::size_t number_;
  std::unique_ptr<consumer<Item>> next_;
};

template <class Function, class Item, class Out>
class loop_node final : public consumer<Item> {
 public:
  /// The gate is stage number - 1. It may be on this rank, then nothing is sent.
  loop_node(pipeline_run& run, std::size_t number, Function&& function, std::unique_ptr<consumer<Out>> next)
      : run_{run},
        number_{number},
        local_{run.mine()->first != number},
        function_{std::move(function)},
        next_{std::move(next)} {}

  void take(Item&& item) override {
    call(item);
    if (!local_) {
      run_.check();  // the function may have swallowed what failed
      return run_.done_with_item();
    }
    while (!again_.empty()) {
      auto next = std::move(again_.back());
      again_.pop_back();
      run_.count_in(number_ - 1);
      run_.count_out(number_ - 1);
      run_.check();
      call(next);
    }
  }

 private:
  void call(Item& item) {
    run_.count_in(number_);
    run_.blame(number_);
    run_.enter(number_);
    emitter<Out> emit{this, [](void* self, Out&& out) { static_cast<loop_node*>(self)->give(std::move(out)); }};
    feedback<Item> again{
        this, [](void* self, Item&& back) { static_cast<loop_node*>(self)->give_back(std::move(back)); }};
    call_stage(function_, item, emit, again);
  }
  void give(Out&& out) {
    run_.check();
    run_.count_out(number_);
    run_.keep_failure([&] { next_->take(std::move(out)); });
    run_.blame(number_);
    run_.enter(number_);
  }
  void give_back(Item&& item) {
    run_.check();
    if (local_) return again_.push_back(std::move(item));
    run_.keep_failure([&] { serial::pack_to(run_.room_back(serial::packed_size(item)), item); });
  }

  pipeline_run& run_;
  std::size_t number_;
  bool local_;
  Function function_;
  std::unique_ptr<consumer<Out>> next_;
  std::vector<Item> again_;
};

}  // namespace cohort::detail
