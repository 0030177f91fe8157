#pragma once

#include <cohort/pattern/detail/nothing.hpp>
#include <cohort/pattern/pipeline/options.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>
#include <vector>

namespace cohort {
namespace detail {

/// A function as it was given: each rank has its own, from its own call of stage().
template <class Function>
struct given_function {
  using type = Function;
  Function function;
  [[nodiscard]] Function make() { return std::move(function); }
  /// For several threads: all of them call it.
  struct shared {
    Function function;
    [[nodiscard]] const Function& operator[](std::size_t) const noexcept { return function; }
  };
  [[nodiscard]] shared make_for(std::size_t) { return {std::move(function)}; }
};
/// One that is made where it runs.
template <class Factory>
struct made_function {
  using type = std::remove_cvref_t<std::invoke_result_t<Factory&>>;
  Factory factory;
  [[nodiscard]] type make() { return factory(); }
  /// For several threads: one each.
  [[nodiscard]] std::vector<type> make_for(std::size_t threads) {
    std::vector<type> all;
    all.reserve(threads);
    while (all.size() != threads) all.push_back(factory());
    return all;
  }
};
/// Puts items into a vector.
template <class Item>
struct collector {
  std::vector<Item>* into;
  void operator()(Item item) const { into->push_back(std::move(item)); }
};

/// A stage that is not part of a pipeline yet. Key: of its items, `nothing` if it has none.
template <class Holder, class Key>
struct loose_stage {
  Holder function;
  Key key;
  stage_options options;
};
template <class Holder>
struct loose_sink {
  Holder function;
  sink_options options;
};

}  // namespace detail

/// A stage of a pipeline: a function from an item to
///   - one item: f(item) -> Result
///   - none or one: f(item) -> std::optional<Result>
///   - any number: f(item, cohort::emitter<Result>& emit), which calls emit(result)
///   - the same, and items that come back to this stage: f(item, emit, cohort::feedback<Item>& again).
/// With feedback, a further stage of the pipeline, which has one rank, gives the items out: "stage N (feedback)".
/// To give items back to an earlier stage, see loop(). In an ordered pipeline an item that comes back has its place
/// when it is given out again. Every rank makes its own stage, so the function may hold what it likes; it runs on
/// the ranks that the pipeline gives the stage, in the caller's thread, on one item at a time. It may communicate
/// on other communicators, but not wait there for ranks that run other stages.
///
/// The function may remember earlier items only with options.stateful, which keeps it on one rank. So does a
/// function that is not const, such as a mutable lambda, unless options.replicas asks for more: then each replica
/// has its own.
///
/// A function object with a member `void finish(cohort::emitter<Result>& emit)` is told that its last item has
/// come: finish() is called once for each replica (with threads of stage_of(), for each thread) when all items have
/// been handed on, and may emit more, which come after everything else of its replica; where order is restored
/// later, after everything else of the stage. Such a stage may return void, and make all it makes at its end. In a
/// loop() the last stage may have one, called when the loop has ended. Not called if the pipeline fails or is
/// stopped.
///
/// With options.threads greater than 1 each rank that has the stage runs it in so many threads of its own, and
/// hands on the results in the order of the items, so that nothing else changes: the other stages and all
/// communication stay in the caller's thread. All threads call the one function, as const, at the same time;
/// stage_of() makes one for each. At most four items for each thread are at work or wait to be handed on, and of
/// what each makes at most 128 items: a function that emits more waits in its emit() until the items before it have
/// been handed on, and some of its own. An item costs some
/// microseconds more, so threads are for those that take 50 us and longer. The function must not call MPI, unless
/// the environment has thread_level::multiple; otherwise thread_level::funneled is enough. Not for stages that are
/// stateful, ordered, keyed or in a loop, nor for a function that is not const: argument_error.
template <class Function>
[[nodiscard]] auto stage(Function function, stage_options options = {}) {
  return detail::loose_stage<detail::given_function<Function>, detail::nothing>{
      {std::move(function)}, {}, std::move(options)};
}

/// A stage whose function is made where it runs, by one call of `factory` on each of its ranks: for what is dear to
/// make, or lives on one rank; with options.threads by one call for each thread, all made in the caller's. It may
/// remember: there is one replica, unless options.replicas or options.threads is greater.
template <class Factory>
[[nodiscard]] auto stage_of(Factory factory, stage_options options = {}) {
  if (options.replicas == as_many_as_fit && options.threads == 1) options.stateful = true;
  return detail::loose_stage<detail::made_function<Factory>, detail::nothing>{
      {std::move(factory)}, {}, std::move(options)};
}

/// A stage each of whose replicas has the items of some keys: items of the same key(item) go to the same replica,
/// which may so remember what it needs for a key. Items of a key come in the order of the source only if no stage
/// before has several replicas; else with options.ordered, which keeps the stage on one rank. The key needs a hash
/// that is the same on all ranks (key_hash). `key` is called where the item was made.
template <class Key, class Function>
[[nodiscard]] auto keyed_stage(Key key, Function function, stage_options options = {}) {
  return detail::loose_stage<detail::given_function<Function>, Key>{
      {std::move(function)}, std::move(key), std::move(options)};
}

/// The end of a pipeline: f(item), whose result is dropped; but for pipeline_flow::stop, after which the pipeline
/// ends on all ranks without an error: items on their way are dropped, no finish() is called, and a source is asked
/// for no more (one that emits is left by an exception, out of its emit()). Runs on one rank.
template <class Function>
[[nodiscard]] auto sink(Function function, sink_options options = {}) {
  return detail::loose_sink<detail::given_function<Function>>{{std::move(function)}, std::move(options)};
}

/// The same, into a vector: that of the rank that runs the sink; the others' stay as they are.
template <class Item>
[[nodiscard]] auto sink(std::vector<Item>& into, sink_options options = {}) {
  return detail::loose_sink<detail::given_function<detail::collector<Item>>>{{{&into}}, std::move(options)};
}

}  // namespace cohort
