#pragma once

#include <cohort/pattern/emitter.hpp>
#include <cohort/pattern/pipeline/detail/nodes.hpp>
#include <cohort/pattern/pipeline/feedback.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

/// The stages of a loop that give items back, and the gate before it that gives them all out.
namespace cohort::detail {

/// What has been given back on the gate's own rank, and waits. One for each loop and rank.
template <class Item>
struct loop_queue {
  bool gate_is_here = false;
  std::vector<Item> waiting = {};
};

/// Hands on what comes from the stages before, and what those of the loop have given back.
template <class Item>
class gate_node final : public consumer<Item> {
 public:
  /// `length`: so many stages after this one are its loop's.
  gate_node(pipeline_run& run, std::size_t number, std::size_t length, loop_queue<Item>& queue,
            std::unique_ptr<consumer<Item>> next)
      : run_{run}, number_{number}, queue_{queue}, next_{std::move(next)} {
    queue_.gate_is_here = true;
    by_messages_ = run_.mine()->last < number_ + length;
    if (!by_messages_) return;  // the whole loop is on this rank
    run_.on_returned([this](std::span<const std::byte> payload) {
      run_.blame(number_);
      give_all(serial::unpack<Item>(payload));
    });
  }

  void take(Item&& item) override {
    // One item of a stage in front may become many, here on this rank.
    if (by_messages_) run_.returned_first();
    give_all(std::move(item));
  }
  void finish() override {
    if (by_messages_) run_.drain();  // what stages in front of it here made at their end
    next_->finish();
  }

 private:
  void give_all(Item&& item) {
    give(std::move(item));
    while (!queue_.waiting.empty()) {
      Item next = std::move(queue_.waiting.back());
      queue_.waiting.pop_back();
      run_.check();
      give(std::move(next));
    }
  }
  void give(Item&& item) {
    run_.limit_waiting(number_, queue_.waiting.size(), by_messages_);
    run_.count_in(number_);
    run_.count_out(number_);
    next_->take(std::move(item));
  }

  pipeline_run& run_;
  std::size_t number_;
  bool by_messages_ = false;  ///< items come back from other ranks
  loop_queue<Item>& queue_;
  std::unique_ptr<consumer<Item>> next_;
};

/// Back: what its loop's first stage takes.
template <class Function, class Item, class Out, class Back>
class loop_node final : public consumer<Item> {
 public:
  loop_node(pipeline_run& run, std::size_t number, Function&& function, loop_queue<Back>& queue,
            std::unique_ptr<consumer<Out>> next)
      : run_{run}, number_{number}, function_{std::move(function)}, queue_{queue}, next_{std::move(next)} {}

  void take(Item&& item) override {
    run_.count_in(number_);
    run_.blame(number_);
    run_.enter(number_);
    emitter<Out> emit{this, [](void* self, Out&& out) { static_cast<loop_node*>(self)->give(std::move(out)); }};
    feedback<Back> again{
        this, [](void* self, Back&& back) { static_cast<loop_node*>(self)->give_back(std::move(back)); }};
    call_stage(function_, item, emit, again);
  }
  void finish() override {
    finish_by<Out>(run_, number_, *this, function_);
    next_->finish();
  }
  void give(Out&& out) {
    run_.check();
    run_.count_out(number_);
    run_.keep_failure([&] { next_->take(std::move(out)); });
    run_.blame(number_);
    run_.enter(number_);
  }

 private:
  void give_back(Back&& item) {
    run_.check();
    if (queue_.gate_is_here) return queue_.waiting.push_back(std::move(item));
    run_.keep_failure([&] { serial::pack_to(run_.room_back(serial::packed_size(item)), item); });
  }

  pipeline_run& run_;
  std::size_t number_;
  Function function_;
  loop_queue<Back>& queue_;
  std::unique_ptr<consumer<Out>> next_;
};

}  // namespace cohort::detail
