#pragma once

#include <cohort/pattern/pipeline/stage.hpp>

#include <tuple>
#include <type_traits>
#include <utility>

namespace cohort {
namespace detail {

/// Stages one after the other, not part of a pipeline yet.
template <class... Stages>
struct loose_chain {
  std::tuple<Stages...> stages;
};
template <class... Stages>
struct loose_loop {
  std::tuple<Stages...> stages;
};

template <class T>
inline constexpr bool is_loose = false;
template <class Holder, class Key>
inline constexpr bool is_loose<loose_stage<Holder, Key>> = true;
template <class Holder>
inline constexpr bool is_loose<loose_sink<Holder>> = true;
template <class... Stages>
inline constexpr bool is_loose<loose_chain<Stages...>> = true;
template <class... Stages>
inline constexpr bool is_loose<loose_loop<Stages...>> = true;

template <class Holder, class Key>
[[nodiscard]] auto as_chain(loose_stage<Holder, Key>&& stage) {
  return std::tuple<loose_stage<Holder, Key>>{std::move(stage)};
}
template <class... Stages>
[[nodiscard]] auto as_chain(loose_chain<Stages...>&& chain) {
  return std::move(chain.stages);
}
template <class... Stages>
[[nodiscard]] loose_chain<Stages...> chain_of(std::tuple<Stages...>&& stages) {
  return {std::move(stages)};
}
template <class... Stages>
[[nodiscard]] loose_loop<Stages...> loop_of(std::tuple<Stages...>&& stages) {
  return {std::move(stages)};
}
template <class T>
concept loose_stages = requires(T&& part) {
  as_chain(std::move(part));
};

template <class First, class Second>
requires(is_loose<First>&& is_loose<Second>) [[nodiscard]] auto operator|(First first, Second second) {
  constexpr bool both = loose_stages<First> && loose_stages<Second>;
  static_assert(
      both,
      "cohort: a loop consists of stages (no loop is in a loop, and a sink ends a pipeline); put loops one "
      "after the other, and the sink after them");
  if constexpr (both) return chain_of(std::tuple_cat(as_chain(std::move(first)), as_chain(std::move(second))));
}

}  // namespace detail

/// Stages of a pipeline that go round: what any of them gives back comes to the first of them again.
///
///   cohort::pipeline(seeds) | cohort::loop(cohort::stage(fetch) | cohort::stage(parse)) | cohort::sink(store) |
///   ...
///
///   page fetch(const url& link);
///   void parse(const page& p, cohort::emitter<text>& emit, cohort::feedback<url>& again);
///
/// Stages that give items back take a feedback<Item>& after their emitter<Result>&, Item being what the first stage
/// takes; at least one does. What the last stage makes leaves the loop. Stages are of all kinds, keyed, ordered and
/// replicated ones too, each on its own ranks; no loop is in a loop. A stage alone that gives items back to itself
/// is a loop of one.
///
/// One rank in front of the first stage, "NAME (feedback)", gives all items out: those that came back before new
/// ones, the latest first. In order means in the order in which it gave them out. The loop ends when what comes
/// before it has, and no item is in it: so each item must lead to an end. To find this costs no messages but those
/// that bring items, or credit, back.
///
/// No deadlock: a stage waits for room at later stages, never for room at the gate, which takes all that comes
/// back. New items enter only while none waits there, also where one item of a stage in front becomes many, so what
/// the stages' windows do not hold is what items in the loop have become; see pipeline_options::feedback_items for
/// a limit.
template <class Stages>
requires(detail::is_loose<Stages>) [[nodiscard]] auto loop(Stages stages) {
  static_assert(detail::loose_stages<Stages>,
                "cohort: a loop consists of stages: cohort::loop(cohort::stage(fetch) | cohort::stage(parse))");
  if constexpr (detail::loose_stages<Stages>) return detail::loop_of(detail::as_chain(std::move(stages)));
}

}  // namespace cohort
