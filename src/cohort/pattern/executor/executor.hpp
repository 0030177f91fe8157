#pragma once

#include <cohort/pattern/executor/periodic.hpp>
#include <cohort/pattern/executor/statistics.hpp>
#include <cohort/pattern/executor/submission.hpp>
#include <cohort/pattern/shared_data.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <ranges>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace cohort {

namespace detail {
class executor_core;
}

/// A pool of ranks that runs functions: what concurrent.futures calls an Executor, and multiprocessing a Pool. Made
/// by run_executor, and used on the root only, by any of its threads, which must be done with it when the body
/// returns.
///
/// A function that overruns its timeout, or is cancelled while it runs, cannot be ended from outside: its result is
/// thrown away, its rank is busy until it returns (task_context::stop_requested tells it that it may);
/// unless it is guarded, see submit_options.
///
/// Nor can a member of a task of several ranks that waits in MPI for one that has thrown. The others are told
/// (stop_requested), and the task has failed; but if they have not returned options.grace after the rest,
/// run_executor throws error, on them and on the root, with the names of both.
class executor : public submission {
 public:
  explicit executor(detail::executor_core& core);
  executor(const executor&) = delete;
  executor& operator=(const executor&) = delete;

  /// What has been done so far, by whom.
  [[nodiscard]] executor_report statistics() const;

  /// It winds up (executor_options::drain): tasks that are submitted now are not run, and a body that makes tasks
  /// as it goes may stop. Looks for news; does not block.
  [[nodiscard]] bool draining() const;
  /// The tasks of the body that were not run to their end for that, so far: their submit_options::name, or "task
  /// 17" by their number in the order of submission.
  [[nodiscard]] std::vector<std::string> not_run() const;

  /// From now on at most `per_second` tasks of the queue (empty: the default one) begin per second, after a burst
  /// of at most `burst`; each call of a map that the body begins later is one; a map of a task counts by chunks.
  /// Throws argument_error for an unknown queue and a rate that is not positive.
  void limit_rate(const std::string& queue, double per_second, std::uint32_t burst = 1);

  /// Copies a vector, an array or a span to where all tasks can read it: once per node, see shared_data. Lasts
  /// until unshare(), or until run_executor returns. Costs a copy here, and for each other node on which a task
  /// looks at it one transfer, in pieces of 1 MiB. Throws error if this node has no memory for it.
  template <class Range>
  requires(std::ranges::contiguous_range<Range>&& std::ranges::sized_range<Range>)
      [[nodiscard]] auto share(const Range& values) {
    using T = std::ranges::range_value_t<Range>;
    const shared_data<T> kinds_fit;  // or says why not
    static_cast<void>(kinds_fit);
    const std::span<const T> from{std::ranges::data(values), std::ranges::size(values)};
    return share<T>(from.size(), [&](std::span<T> all) {
      if (!from.empty()) std::memcpy(static_cast<void*>(all.data()), from.data(), from.size_bytes());
    });
  }
  /// The same for n elements that fill(std::span<T>) writes where they stay; they are zero bytes before.
  template <class T, std::invocable<std::span<T>> Fill>
  [[nodiscard]] shared_data<T> share(std::size_t n, Fill&& fill) {
    detail::node_block block{detail::shared_bytes(n, sizeof(T))};
    std::invoke(std::forward<Fill>(fill), std::span<T>{reinterpret_cast<T*>(block.data()), n});
    return {add_shared(std::move(block)), n};
  }
  /// Gives shared data up before the end. No task may look at them any more: one that does, or whose handle comes
  /// later, throws argument_error; what a running task sees already stays until it ends. Throws argument_error if
  /// they are not this executor's, or given up already.
  template <class T>
  void unshare(const shared_data<T>& what) {
    end_shared(what.name());
  }

  /// Runs f() each `period` from now, on any rank, until the result is stopped or the body returns. A run that
  /// takes longer than the period delays those behind it; none are made up for.
  template <class F>
  periodic every(std::chrono::nanoseconds period, F f, submit_options options = {}) {
    auto series =
        std::make_shared<periodic::series<F>>(submission{home(), {}}, std::move(options), period, std::move(f));
    before_end([series] { series->end(); });
    series->begin();
    return periodic{std::move(series)};
  }

 private:
  void before_end(std::function<void()> what);
  detail::data_name add_shared(detail::node_block&& block);
  void end_shared(detail::data_name what);

  detail::executor_core& core_;
};

}  // namespace cohort
