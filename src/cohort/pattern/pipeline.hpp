#pragma once

#include <cohort/core/call_site.hpp>
#include <cohort/core/communicator.hpp>
#include <cohort/pattern/emitter.hpp>
#include <cohort/pattern/pipeline/detail/assembly.hpp>
#include <cohort/pattern/pipeline/detail/source_call.hpp>
#include <cohort/pattern/pipeline/feedback.hpp>
#include <cohort/pattern/pipeline/lines.hpp>
#include <cohort/pattern/pipeline/loop.hpp>
#include <cohort/pattern/pipeline/options.hpp>
#include <cohort/pattern/pipeline/pipeline_error.hpp>
#include <cohort/pattern/pipeline/report.hpp>
#include <cohort/pattern/pipeline/stage.hpp>

#include <ranges>
#include <string>
#include <type_traits>
#include <utility>

namespace cohort {

/// The beginning of a pipeline: work that flows through stages, each on ranks of its own.
///
///   auto report = cohort::pipeline(read_images)                  // std::optional<image> read_images()
///               | cohort::stage(decode)                          // picture decode(const image&)
///               | cohort::stage(blur, {.replicas = 3})           // picture blur(picture)
///               | cohort::sink(store, {.ordered = true})         // void store(const picture&)
///               | cohort::run_on(world);
///
/// `source` is a range (held by reference if it is an lvalue), a function that gives a std::optional<Item> at each
/// call until it gives none, or a function that is called once with an emitter<Item>&. It is used on one rank only.
/// What the stages hand on is of any types that can be sent, with default constructors; see stage(), stage_of(),
/// keyed_stage(), loop() and sink().
template <class Source>
[[nodiscard]] auto pipeline(Source&& source, std::string name = "source") {
  using Bare = std::remove_cvref_t<Source>;
  if constexpr (std::ranges::input_range<Source>) {
    using Range = std::conditional_t<std::is_lvalue_reference_v<Source>, Source, Bare>;
    return detail::draft<detail::range_source<Range>>{{std::forward<Source>(source)}, std::move(name), {}};
  } else {
    using Function = std::decay_t<Source>;
    static_assert(detail::generates<Function> || detail::emits<Function>,
                  "cohort: a pipeline's source is a range, a function without parameters that returns a "
                  "std::optional, or one "
                  "that takes a cohort::emitter<Item>&");
    if constexpr (detail::generates<Function>) {
      return detail::draft<detail::generator_source<Function>>{{std::forward<Source>(source)}, std::move(name), {}};
    } else {
      return detail::draft<detail::emitting_source<Function>>{{std::forward<Source>(source)}, std::move(name), {}};
    }
  }
}

/// Runs a pipeline; collective. All ranks build the same one (each its own: functions do not travel) and name the
/// same options. What runs where is a function of the stages and the number of ranks: see place_stages(). With one
/// rank all is a loop without a message.
///
/// Every rank gets the same report. Blocks until the last item has left the pipeline everywhere; between two items
/// a rank looks at its messages, and one with nothing to do sleeps. Memory is bounded: see pipeline_options.
///
/// Items of one rank stay in order as long as each stage has one rank; where some have several, options.ordered
/// brings them back into it, for a sink or stage, also if stages made none or many of one.
///
/// If a function of the user's throws on one rank, the pipeline ends, items that are on their way are lost, and
/// every rank throws pipeline_error. Throws argument_error, on every rank, for options that make no sense.
[[nodiscard]] inline detail::runner_of_pipelines run_on(const communicator& comm, pipeline_options options = {},
                                                        call_site where = call_site::current()) {
  return {comm, options, where};
}

}  // namespace cohort
