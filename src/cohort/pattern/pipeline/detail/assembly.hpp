#pragma once

#include <cohort/pattern/pipeline/detail/draft.hpp>
#include <cohort/pattern/pipeline/detail/loop_nodes.hpp>
#include <cohort/pattern/pipeline/detail/nodes.hpp>
#include <cohort/pattern/pipeline/detail/pipeline_run.hpp>
#include <cohort/pattern/pipeline/detail/thread_node.hpp>
#include <cohort/pattern/pipeline/options.hpp>
#include <cohort/serial/pack.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

/// How a pipeline becomes the segment of one rank.
namespace cohort::detail {

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
      result = std::make_unique<gate_node<Item>>(run_, I + 1, stage.outline.needs.loop, *stage.queue, after<I>());
    } else if constexpr (Stage::feeds) {
      auto rest = after<I>();
      run_.blame(I + 1);
      result =
          std::make_unique<loop_node<typename Stage::function, Item, typename Stage::out, typename Stage::back>>(
              run_, I + 1, stage.holder.make(), *stage.queue, std::move(rest));
    } else {
      auto rest = after<I>();
      run_.blame(I + 1);
      if constexpr (shares<typename Stage::holder_type, Item>) {
        if (const auto threads = static_cast<std::size_t>(stage.outline.threads); threads > 1) {
          using Out = typename Stage::out;
          auto all = stage.holder.make_for(threads);
          auto functions = std::make_unique<functions_for_threads<decltype(all), Item, Out>>(std::move(all));
          return std::make_unique<thread_node<Item, Out>>(run_, I + 1, std::move(functions), threads,
                                                          std::move(rest));
        }
      }
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
      first->finish();
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
      run.end_own();  // which may hand on what stages here have made of other items
      run.blame(0);
      run.begin_own(++number);
      run.enter(0);
    });
    run.drain();
    run.next_phase();
    first->finish();
  });
}

}  // namespace cohort::detail
