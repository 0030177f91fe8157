#pragma once

#include <cohort/pattern/detail/nothing.hpp>
#include <cohort/pattern/pipeline/detail/loop_nodes.hpp>
#include <cohort/pattern/pipeline/detail/pipeline_run.hpp>
#include <cohort/pattern/pipeline/detail/stage_call.hpp>
#include <cohort/pattern/pipeline/loop.hpp>
#include <cohort/pattern/pipeline/options.hpp>
#include <cohort/pattern/pipeline/stage.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <typeinfo>
#include <utility>

/// How stages become a pipeline.
namespace cohort::detail {

/// A stage in its place. Key: of its items, `nothing` if it has none. Back: the items that it gives back to its
/// loop's gate, `nothing` if it gives none.
template <class Item, class Out, class Holder, class Key, class Back = nothing>
struct placed_stage {
  using item = Item;
  using out = Out;
  using function = typename Holder::type;
  using key_type = Key;
  using back = Back;
  using holder_type = Holder;
  static constexpr bool is_sink = std::is_same_v<Out, nothing>;
  static constexpr bool is_gate = false;
  static constexpr bool feeds = !std::is_same_v<Back, nothing>;
  Holder holder;
  Key key;
  stage_outline outline;
  std::shared_ptr<loop_queue<Back>> queue;  ///< its gate's, if it gives items back
};

/// What stands before a loop.
template <class Item>
struct placed_gate {
  using item = Item;
  using out = Item;
  using key_type = nothing;
  static constexpr bool is_sink = false;
  static constexpr bool is_gate = true;
  nothing key;
  stage_outline outline;
  std::shared_ptr<loop_queue<Item>> queue;
};

/// A source and the stages after it.
template <class Source, class... Stages>
struct draft {
  Source source;
  std::string name;
  std::tuple<Stages...> stages;

  /// What comes out at its end.
  struct end {
    static auto probe() {
      if constexpr (sizeof...(Stages) == 0) {
        return std::type_identity<typename Source::item>{};
      } else {
        return std::type_identity<
            typename std::tuple_element_t<sizeof...(Stages) - 1, std::tuple<Stages...>>::out>{};
      }
    }
    using type = typename decltype(probe())::type;
  };
  using item = typename end::type;
  /// Of the next stage, as people count: gates are not theirs.
  static constexpr std::size_t next_number = (std::size_t{1} + ... + (Stages::is_gate ? 0U : 1U));
  static constexpr bool closed = sizeof...(Stages) != 0 && std::is_same_v<item, nothing>;

  template <class Stage>
  [[nodiscard]] draft<Source, Stages..., Stage> with(Stage&& stage) && {
    return {std::move(source), std::move(name),
            std::tuple_cat(std::move(stages), std::tuple<Stage>{std::forward<Stage>(stage)})};
  }
};

/// Whether several threads can call a stage's function at the same time.
template <class Holder, class Item>
inline constexpr bool shares = true;
template <class Function, class Item>
inline constexpr bool shares<given_function<Function>, Item> =
    takes_item<const Function, Item> || emits_from<const Function, Item, second_emits<Function>>;

/// Whether calls of a stage's function do not change it, so that several ranks can each have one.
template <class Holder, class Item, class Back>
inline constexpr bool remembers_nothing = true;
template <class Function, class Item, class Back>
inline constexpr bool remembers_nothing<given_function<Function>, Item, Back> =
    shares<given_function<Function>, Item> || feeds_with<const Function, Item, second_emits<Function>, Back>;

/// A stage that takes an Item, and gives back a Back if it feeds back at all.
template <class Item, class Back, class Holder, class Key>
[[nodiscard]] auto in_place(loose_stage<Holder, Key>&& next, std::size_t number,
                            const std::shared_ptr<loop_queue<Back>>& queue) {
  using Function = typename Holder::type;
  using Out = typename stage_result<Function, Item, Back>::type;
  static_assert(!std::is_void_v<Out>,
                "cohort: a stage that gives nothing ends a pipeline: make it a cohort::sink, or let it return a "
                "std::optional, or take a cohort::emitter<Result>&");
  static_assert(
      !finishes<Function> || std::is_same_v<finish_emits<Function>, Out>,
      "cohort: what a stage's finish() emits is of the type that the stage makes of its items; let both be "
      "the same");
  constexpr bool keyless = std::is_same_v<Key, nothing>;
  constexpr bool feeds = feeds_back<Function, Item, Back>;
  auto& how = next.options;
  const bool alone =
      keyless && how.replicas == as_many_as_fit && how.threads == 1 && !remembers_nothing<Holder, Item, Back>;
  if (how.name.empty()) how.name = "stage " + std::to_string(number);
  stage_outline outline{.name = std::move(how.name),
                        .needs = {.replicas = how.replicas == automatic && keyless ? as_many_as_fit : how.replicas,
                                  .pinned = how.stateful || how.ordered || alone,
                                  .ordered = how.ordered,
                                  .many = feeds || emits_from<Function, Item, second_emits<Function>>,
                                  .measured = how.replicas == automatic && keyless},
                        .threads = how.threads,
                        .keyed = !keyless,
                        .in_loop = queue != nullptr,
                        .shares = shares<Holder, Item>,
                        .item = &typeid(Item)};
  if constexpr (feeds) {
    return placed_stage<Item, Out, Holder, Key, Back>{std::move(next.function), std::move(next.key),
                                                      std::move(outline), queue};
  } else {
    return placed_stage<Item, Out, Holder, Key>{
        std::move(next.function), std::move(next.key), std::move(outline), {}};
  }
}

/// The stages of a loop, one after the other. Feeds: whether one of those before gives items back.
template <bool Feeds, class First, class Draft, class Holder, class Key, class... Rest>
[[nodiscard]] auto loop_stages(Draft&& before, const std::shared_ptr<loop_queue<First>>& queue,
                               loose_stage<Holder, Key>&& next, Rest&&... rest) {
  using Item = typename Draft::item;
  using Function = typename Holder::type;
  if constexpr (loop_stage_number<Draft::next_number, Item, Function, First>::takes_what_comes_before()) {
    static_assert(
        sizeof...(Rest) == 0 || !finishes_with<Function, typename stage_result<Function, Item, First>::type>,
        "cohort: of the stages of a loop only the last one may have a finish(), for what another one emitted "
        "when the loop has ended would go round again; put it after the loop");
    constexpr bool feeds = Feeds || feeds_back<Function, Item, First>;
    auto placed = in_place<Item>(std::move(next), Draft::next_number, queue);
    // It is always an rvalue. NOLINTNEXTLINE(bugprone-move-forwarding-reference)
    auto longer = std::move(before).with(std::move(placed));
    if constexpr (sizeof...(Rest) != 0) {
      return loop_stages<feeds>(std::move(longer), queue, std::move(rest)...);
    } else {
      static_assert(
          feeds,
          "cohort: no stage of this loop gives items back; let one take a cohort::emitter<Result>& and "
          "after it a cohort::feedback<Item>&, Item being what the loop's first stage takes, or leave out "
          "cohort::loop");
      return longer;
    }
  }
}

template <class Source, class... Before, class... Stages>
[[nodiscard]] auto operator|(draft<Source, Before...>&& before, loose_loop<Stages...>&& loop) {
  using Draft = draft<Source, Before...>;
  using Item = typename Draft::item;
  static_assert(!Draft::closed, "cohort: a pipeline ends with its sink; no loop comes after it");
  auto name = std::get<0>(loop.stages).options.name;
  if (name.empty()) name = "stage " + std::to_string(Draft::next_number);
  auto queue = std::make_shared<loop_queue<Item>>();
  placed_gate<Item> gate{
      .key = {},
      .outline = {.name = name + " (feedback)", .needs = {.pinned = true, .loop = sizeof...(Stages)}},
      .queue = queue};
  auto begun = std::move(before).with(std::move(gate));
  return std::apply(
      [&](auto&... stage) { return loop_stages<false>(std::move(begun), queue, std::move(stage)...); },
      loop.stages);
}

template <class Source, class... Stages, class Holder, class Key>
[[nodiscard]] auto operator|(draft<Source, Stages...>&& before, loose_stage<Holder, Key>&& next) {
  using Draft = draft<Source, Stages...>;
  using Item = typename Draft::item;
  using Function = typename Holder::type;
  static_assert(!Draft::closed, "cohort: a pipeline ends with its sink; no stage comes after it");
  if constexpr (stage_number<Draft::next_number, Item, Function>::takes_what_comes_before()) {
    if constexpr (feeds_back<Function, Item>) {
      return std::move(before) | loop(std::move(next));  // with itself
    } else {
      return std::move(before).with(
          in_place<Item>(std::move(next), Draft::next_number, std::shared_ptr<loop_queue<Item>>{}));
    }
  }
}

template <class Source, class... Stages, class Holder>
[[nodiscard]] auto operator|(draft<Source, Stages...>&& before, loose_sink<Holder>&& next) {
  using Item = typename draft<Source, Stages...>::item;
  static_assert(!draft<Source, Stages...>::closed, "cohort: a pipeline has one sink");
  if constexpr (stage_number<draft<Source, Stages...>::next_number, Item,
                             typename Holder::type>::takes_what_comes_before()) {
    stage_outline outline{.name = std::move(next.options.name),
                          .needs = {.pinned = true, .ordered = next.options.ordered},
                          .item = &typeid(Item)};
    return std::move(before).with(
        placed_stage<Item, nothing, Holder, nothing>{std::move(next.function), {}, std::move(outline), {}});
  }
}

}  // namespace cohort::detail
