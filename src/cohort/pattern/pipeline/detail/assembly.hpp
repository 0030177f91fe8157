#pragma once

#include <cohort/pattern/detail/nothing.hpp>
#include <cohort/pattern/pipeline/detail/loop_nodes.hpp>
#include <cohort/pattern/pipeline/detail/nodes.hpp>
#include <cohort/pattern/pipeline/detail/pipeline_run.hpp>
#include <cohort/pattern/pipeline/detail/stage_call.hpp>
#include <cohort/pattern/pipeline/options.hpp>
#include <cohort/pattern/pipeline/stage.hpp>
#include <cohort/serial/pack.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

/// How stages become a pipeline, and a pipeline the segment of one rank.
namespace cohort::detail {

/// A stage in its place. Key: of its items, `nothing` if it has none.
template <class Item, class Out, class Holder, class Key>
struct placed_stage {
  using item = Item;
  using out = Out;
  using function = typename Holder::type;
  using key_type = Key;
  static constexpr bool is_sink = std::is_same_v<Out, nothing>;
  static constexpr bool is_gate = false;
  Holder holder;
  Key key;
  stage_outline outline;
};

/// What stands before a stage that gives items back to itself.
template <class Item>
struct placed_gate {
  using item = Item;
  using out = Item;
  using key_type = nothing;
  static constexpr bool is_sink = false;
  static constexpr bool is_gate = true;
  nothing key;
  stage_outline outline;
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

template <class Source, class... Stages, class Holder, class Key>
[[nodiscard]] auto operator|(draft<Source, Stages...>&& before, loose_stage<Holder, Key>&& next) {
  using Item = typename draft<Source, Stages...>::item;
  using Function = typename Holder::type;
  constexpr std::size_t number = draft<Source, Stages...>::next_number;
  static_assert(!draft<Source, Stages...>::closed,
                "cohort: a pipeline ends with its sink; no stage comes after it");
  if constexpr (stage_number<number, Item, Function>::takes_what_comes_before()) {
    using Out = typename stage_result<Function, Item>::type;
    static_assert(!std::is_void_v<Out>,
                  "cohort: a stage that gives nothing ends a pipeline: make it a cohort::sink, or let it return a "
                  "std::optional, or take a cohort::emitter<Result>&");
    constexpr bool keyless = std::is_same_v<Key, nothing>;
    constexpr bool loops = feeds_back<Function, Item>;
    constexpr bool many = loops || emits_from<Function, Item, second_emits<Function>>;
    auto& how = next.options;
    if (how.name.empty()) how.name = "stage " + std::to_string(number);
    stage_outline outline{
        .name = std::move(how.name),
        .needs = {.replicas = how.replicas == automatic && keyless ? as_many_as_fit : how.replicas,
                  .pinned = how.stateful || how.ordered,
                  .ordered = how.ordered,
                  .many = many,
                  .measured = how.replicas == automatic && keyless}};
    if constexpr (loops) {
      placed_gate<Item> gate{
          .key = {}, .outline = {.name = outline.name + " (feedback)", .needs = {.pinned = true, .gate = true}}};
      return std::move(before)
          .with(std::move(gate))
          .with(placed_stage<Item, Out, Holder, Key>{std::move(next.function), std::move(next.key),
                                                     std::move(outline)});
    } else {
      return std::move(before).with(
          placed_stage<Item, Out, Holder, Key>{std::move(next.function), std::move(next.key), std::move(outline)});
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
                          .needs = {.pinned = true, .ordered = next.options.ordered}};
    return std::move(before).with(
        placed_stage<Item, nothing, Holder, nothing>{std::move(next.function), {}, std::move(outline)});
  }
}

/// Builds the nodes of one rank's segment, from its last stage to its first.
template <class Stages>
class assembly {
 public:
  assembly(pipeline_run& run, Stages& stages) : run_{run}, stages_{stages}, last_{run.mine()->last} {}

  /// The stage with this index in the tuple (its number is one more), and all after it here.
  template <std::size_t I>
  [[nodiscard]] std::unique_ptr<consumer<typename std::tuple_element_t<I, Stages>::item>> node() {
    using Stage = std::tuple_element_t<I, Stages>;
    using Item = typename Stage::item;
    auto& stage = std::get<I>(stages_);
    std::unique_ptr<consumer<Item>> result;
    if constexpr (Stage::is_sink) {
      run_.blame(I + 1);
      result = std::make_unique<sink_node<typename Stage::function, Item>>(run_, I + 1, stage.holder.make());
    } else if constexpr (Stage::is_gate) {
      result = std::make_unique<gate_node<Item>>(run_, I + 1, after<I>());
    } else if constexpr (feeds_back<typename Stage::function, Item>) {
      auto rest = after<I>();
      run_.blame(I + 1);
      result = std::make_unique<loop_node<typename Stage::function, Item, typename Stage::out>>(
          run_, I + 1, stage.holder.make(), std::move(rest));
    } else {
      auto rest = after<I>();
      run_.blame(I + 1);
      result = std::make_unique<stage_node<typename Stage::function, Item, typename Stage::out>>(
          run_, I + 1, stage.holder.make(), std::move(rest));
    }
    return result;
  }

  /// What takes the items of the stage with this number (the source's is 0): the next one, or the way to it.
  template <std::size_t Number>
  [[nodiscard]] auto next_of() -> std::unique_ptr<consumer<typename std::tuple_element_t<Number, Stages>::item>> {
    using Next = std::tuple_element_t<Number, Stages>;
    if (last_ > Number) return node<Number>();
    return std::make_unique<way_out<typename Next::item, typename Next::key_type>>(run_, Number + 1,
                                                                                   &std::get<Number>(stages_).key);
  }

  /// Runs the segment if it begins with the stage with this index, or one of those after it.
  template <std::size_t I = 0>
  void serve() {
    if constexpr (I != std::tuple_size_v<Stages>) {
      if (run_.mine()->first != I + 1) return serve<I + 1>();
      using Item = typename std::tuple_element_t<I, Stages>::item;
      const auto first = node<I>();
      do {
        run_.serve([&](std::span<const std::byte> payload) {
          auto item = serial::unpack<Item>(payload);
          first->take(std::move(item));
          run_.rest();
        });
      } while (run_.next_phase());
    }
  }

 private:
  template <std::size_t I>
  [[nodiscard]] auto after() {
    return next_of<I + 1>();
  }

  pipeline_run& run_;
  Stages& stages_;
  std::size_t last_;
};

/// What run_on() gives.
struct runner_of_pipelines {
  communicator comm;
  pipeline_options options;
  call_site where;
};

template <class Source, class... Stages>
pipeline_report operator|(draft<Source, Stages...>&& whole, runner_of_pipelines&& on) {
  using Draft = draft<Source, Stages...>;
  static_assert(Draft::closed, "cohort: a pipeline runs when it has its end; add a cohort::sink before run_on");
  std::vector<stage_outline> outlines{{.name = std::move(whole.name), .needs = {.pinned = true, .many = true}}};
  std::apply([&](auto&... stage) { (outlines.push_back(stage.outline), ...); }, whole.stages);
  pipeline_run run{on.comm, std::move(outlines), on.options, on.where};
  if constexpr (requires(std::uint64_t item) { std::string{whole.source.place_of(item)}; })
    run.name_places([&source = whole.source](std::uint64_t item) { return source.place_of(item); });
  return run.finish([&] {
    assembly<std::tuple<Stages...>> parts{run, whole.stages};
    if (run.mine()->first != 0) return parts.serve();
    const auto first = parts.template next_of<0>();
    std::uint64_t number = 0;
    run.blame(0);
    run.begin_own(number);
    run.enter(0);
    whole.source.for_each([&](typename Source::item&& item) {
      run.check();
      run.count_out(0);
      run.keep_failure([&] { first->take(std::move(item)); });
      run.blame(0);
      run.end_own();
      run.begin_own(++number);
      run.enter(0);
    });
    run.drain();
    run.next_phase();
  });
}

}  // namespace cohort::detail
