#pragma once

#include <cohort/pattern/detail/nothing.hpp>
#include <cohort/pattern/key_hash.hpp>
#include <cohort/pattern/pipeline/detail/pipeline_run.hpp>
#include <cohort/pattern/pipeline/detail/stage_call.hpp>
#include <cohort/serial/pack.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

/// A segment on one rank: stages that hand items to each other by calls, and at the end perhaps the way out.
namespace cohort::detail {

template <class Item>
struct consumer {
  consumer() = default;
  consumer(const consumer&) = delete;
  consumer& operator=(const consumer&) = delete;
  virtual ~consumer() = default;
  virtual void take(Item&& item) = 0;
  /// All items have been taken.
  virtual void finish() {}
};

/// Lets a stage's function that has a finish() emit what it makes after its last item.
template <class Out, class Function>
void finish_function(pipeline_run& run, std::size_t number, emitter<Out>& emit, Function& function) {
  if constexpr (finishes_with<Function, Out>) {
    run.begin_end(number);
    function.finish(emit);
    run.check();
  }
}
/// The same by node.give().
template <class Out, class Node, class Function>
void finish_by(pipeline_run& run, std::size_t number, Node& node, Function& function) {
  if constexpr (finishes_with<Function, Out>) {
    emitter<Out> emit{&node, [](void* self, Out&& out) { static_cast<Node*>(self)->give(std::move(out)); }};
    finish_function(run, number, emit, function);
  }
}

/// To another rank. `next`: the number of the stage there, whose key decides to which.
template <class Item, class Key>
class way_out final : public consumer<Item> {
 public:
  way_out(pipeline_run& run, std::size_t next, Key* key) : run_{run}, next_{next}, key_{key} {}

  void take(Item&& item) override {
    const auto hash = hash_of(item);
    run_.rest();
    auto* const place = run_.room(serial::packed_size(item), hash);
    serial::pack_to(place, item);
    run_.sent();
  }

 private:
  [[nodiscard]] std::optional<std::uint64_t> hash_of(const Item& item) {
    if constexpr (std::is_same_v<Key, nothing>) {
      return std::nullopt;
    } else {
      using Value = std::remove_cvref_t<std::invoke_result_t<Key&, const Item&>>;
      run_.blame(next_);
      const auto hash = key_hash<Value>{}(std::invoke(*key_, item));
      run_.blame(next_ - 1);  // writing the item is not the next stage's affair
      return hash;
    }
  }

  pipeline_run& run_;
  std::size_t next_;
  Key* key_;
};

/// A stage and what comes after it here; the sink has nothing after it.
template <class Function, class Item, class Out>
class stage_node final : public consumer<Item> {
 public:
  stage_node(pipeline_run& run, std::size_t number, Function&& function, std::unique_ptr<consumer<Out>> next)
      : run_{run}, number_{number}, function_{std::move(function)}, next_{std::move(next)} {}

  void take(Item&& item) override {
    run_.count_in(number_);
    run_.blame(number_);
    run_.enter(number_);
    if constexpr (emits_from<Function, Item, second_emits<Function>>) {
      emitter<Out> emit{this, [](void* self, Out&& out) { static_cast<stage_node*>(self)->give(std::move(out)); }};
      call_stage(function_, item, emit);
    } else if constexpr (std::is_void_v<decltype(call_stage(function_, item))>) {
      call_stage(function_, item);
    } else {
      auto result = call_stage(function_, item);
      if constexpr (is_optional<decltype(result)>) {
        if (result) give(std::move(*result));
      } else {
        give(std::move(result));
      }
    }
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
  pipeline_run& run_;
  std::size_t number_;
  Function function_;
  std::unique_ptr<consumer<Out>> next_;
};

/// The last stage.
template <class Function, class Item>
class sink_node final : public consumer<Item> {
 public:
  sink_node(pipeline_run& run, std::size_t number, Function&& function)
      : run_{run}, number_{number}, function_{std::move(function)} {}

  void take(Item&& item) override {
    run_.count_in(number_);
    run_.blame(number_);
    run_.enter(number_);
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(call_stage(function_, item))>, pipeline_flow>) {
      if (call_stage(function_, item) == pipeline_flow::stop) run_.enough();
    } else {
      (void)call_stage(function_, item);
    }
  }

 private:
  pipeline_run& run_;
  std::size_t number_;
  Function function_;
};

}  // namespace cohort::detail
