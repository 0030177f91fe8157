#pragma once

#include <cohort/pattern/executor/detail/arguments.hpp>
#include <cohort/pattern/executor/detail/keeping.hpp>
#include <cohort/pattern/executor/detail/map_fit.hpp>
#include <cohort/pattern/executor/detail/map_stream.hpp>
#include <cohort/pattern/executor/detail/remote_call.hpp>
#include <cohort/pattern/executor/detail/zipped.hpp>
#include <cohort/pattern/executor/future.hpp>
#include <cohort/pattern/executor/submit_options.hpp>
#include <cohort/pattern/travel/callable.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <ranges>
#include <string>
#include <tuple>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <vector>

namespace cohort {

/// What submits tasks, with one set of options: an executor, a task_context, or what with() returns. Copy it
/// freely; it must not outlive the executor (or the task).
///
/// A function travels if it is a function or a pointer to one, a lambda whose captures are trivially copyable, a
/// class with serialize(), or a closure(). Arguments and results are of any types that can be sent; string literals
/// arrive as std::string. It is called in a thread of its own on any rank, which must not call MPI; or, when it has
/// proved to take less time than a message, by the root's thread that waits. It may take a task_context& first;
/// then it is always sent.
class submission {
 public:
  /// Throws argument_error for options that make no sense.
  submission(detail::task_home& home, const submit_options& options)
      : home_{&home},
        terms_{home.terms(options)},
        keeping_{home.keeping_of(options)},
        name_{options.name.empty() ? nullptr : std::make_shared<const std::string>(options.name)},
        journal_{options.journal} {}

  /// The same with other options.
  [[nodiscard]] submission with(const submit_options& options) const { return {*home_, options}; }

  /// f(args...), on any rank. Does not block. An argument that is a future, or a vector of futures, is waited for
  /// and its result is passed: so graphs of tasks are built. If one of them fails, this task fails with the same
  /// failure, without running.
  template <class F, class... Args>
  auto submit(F f, Args... args) const {
    check_function<F>();
    static_assert(
        detail::can_call<F, detail::argument_t<Args>...>,
        "cohort: the function cannot be called with these arguments; its parameters are values of the types "
        "passed to submit(), futures replaced by their results, with a task_context& in front if it wants one");
    using call = detail::remote_call<F, detail::argument_t<Args>...>;
    using R = typename call::result;
    static_cast<void>(detail::can_arrive<detail::something<R>>() &&
                      (detail::can_arrive<detail::argument_t<Args>>() && ...));
    auto core = std::make_shared<detail::future_value<R>>(*home_);
    core->name = name_;
    if (keeping_ && detail::keep(*keeping_, typeid(F), *core))
      return detail::future_access::make<R>(std::move(core));
    if constexpr ((detail::is_awaited<Args> || ...)) {
      submit_later<call>(core, std::move(f), std::move(args)...);
    } else {
      auto frame = call::frame(home_->modules(), f, detail::argument_t<Args>(std::move(args))...);
      if (!journal_) frame.call = nullptr;
      home_->submit(core, std::move(frame), terms_);
    }
    return detail::future_access::make<R>(std::move(core));
  }

  /// f(x) for every x of the range, in chunks that are sized by what a call costs; blocks. The results in order.
  /// The first call that throws (after its retries) ends it: what has not begun is revoked, and map() throws.
  /// Python's Pool.map. With several ranges: f(x, y, ...), as long as all have elements. Ranges of numbers with a
  /// fraction for an f that takes integers do not compile, unlike a single submit(f, 2.5).
  template <class F, std::ranges::input_range... Ranges>
  auto map(F f, Ranges&&... ranges) const {
    auto results = imap(std::move(f), std::forward<Ranges>(ranges)...);
    return results.take_all();
  }
  /// f(a, b, ...) for every tuple (a, b, ...) of the range.
  template <class F, std::ranges::input_range Range>
  auto starmap(F f, Range&& range) const {
    return stream<detail::call_with_parts>(std::move(f), std::forward<Range>(range), true).take_all();
  }
  /// The results one by one, in order, as an input range; tasks are taken from the input only as fast as results
  /// are taken from it, so the input may never end. A call that throws does so where its result would come; the
  /// next ++ goes on behind it.
  template <class F, std::ranges::input_range... Ranges>
  auto imap(F f, Ranges&&... ranges) const {
    return open(true, std::move(f), std::forward<Ranges>(ranges)...);
  }
  /// The same in the order in which they come.
  template <class F, std::ranges::input_range... Ranges>
  auto imap_unordered(F f, Ranges&&... ranges) const {
    return open(false, std::move(f), std::forward<Ranges>(ranges)...);
  }
  /// f(x) for every x; results are thrown away. Blocks.
  template <class F, std::ranges::input_range Range>
  void for_each(F f, Range&& range) const {
    for (auto&& each : imap_unordered(std::move(f), std::forward<Range>(range))) static_cast<void>(each);
  }
  /// reduce(...reduce(reduce(init, f(x0)), f(x1))...): chunks are reduced where they are computed. `reduce` must be
  /// associative; the order is kept. Blocks.
  template <std::ranges::input_range Range, class T, class Reduce, class F>
  [[nodiscard]] T transform_reduce(Range&& range, T init, Reduce reduce, F f) const {
    check_function<Reduce>();
    for (auto&& part :
         stream<detail::call_with_one, Reduce>(std::move(f), std::forward<Range>(range), true, reduce))
      init = reduce(std::move(init), std::move(part));
    return init;
  }

  /// How many tasks run at the same time on all ranks together.
  [[nodiscard]] std::size_t slots() const { return home_->slots(); }

  /// For cohort's own use: the same, for tasks that nobody misses if the executor winds up before they begin.
  [[nodiscard]] submission of_series() const {
    auto made = *this;
    made.terms_.series = 1;
    return made;
  }
  /// For cohort's own use.
  [[nodiscard]] detail::task_home& home() const noexcept { return *home_; }

 private:
  template <class F>
  static constexpr void check_function() {
    static_assert(
        travel::travelling<F>,
        "cohort: this function cannot travel to another rank (it holds something that is neither trivially "
        "copyable nor serialisable); pass it as an argument: submit(f, value), or wrap it: "
        "cohort::closure(lambda_without_captures, value)");
  }

  template <class Policy, class Reduce = detail::no_reduction, class F, class Range>
  auto stream(F f, Range&& range, bool ordered, Reduce reduce = {}) const {
    check_function<F>();
    using held = std::remove_reference_t<Range>;
    if constexpr (detail::item_of_map<Policy, F, detail::argument_t<std::ranges::range_value_t<held>>>::fits()) {
      return detail::map_stream<Policy, F, Reduce, held, std::is_lvalue_reference_v<Range>>{
          *home_, terms_, std::move(f), std::move(reduce), std::forward<Range>(range), ordered};
    } else {
      return detail::no_results{};
    }
  }
  template <class F, class Range>
  auto open(bool ordered, F f, Range&& range) const {
    return stream<detail::call_with_one>(std::move(f), std::forward<Range>(range), ordered);
  }
  template <class F, class... Ranges>
  requires(sizeof...(Ranges) > 1) auto open(bool ordered, F f, Ranges&&... ranges) const {
    return stream<detail::call_with_parts>(std::move(f), detail::zipped<Ranges...>{std::forward<Ranges>(ranges)...},
                                           ordered);
  }

  template <class Call, class Core, class F, class... Args>
  void submit_later(const std::shared_ptr<Core>& core, F f, Args... args) const {
    struct waiting {
      waiting(F&& function, std::tuple<Args...>&& arguments) : f{std::move(function)}, args{std::move(arguments)} {}
      F f;
      std::tuple<Args...> args;
      std::atomic<std::size_t> missing{1};
    };
    const auto task = std::make_shared<waiting>(std::move(f), std::tuple<Args...>{std::move(args)...});
    const auto arrived = [task, core, home = home_, terms = terms_, journal = journal_] {
      if (--task->missing != 0) return;
      const detail::failed_task* broken = nullptr;
      const auto look = [&](const detail::future_core& each) {
        if (each.last_state() != task_state::succeeded && broken == nullptr) broken = &each.failure();
      };
      std::apply([&](const Args&... each) { (detail::visit_awaited(each, look), ...); }, task->args);
      if (broken != nullptr) {
        home->forgo(core, *broken);
        return;
      }
      if (core->ended()) return;  // cancelled meanwhile
      auto frame = detail::attempt<detail::task_frame>([&] {
        return std::apply(
            [&](const Args&... each) { return Call::frame(home->modules(), task->f, detail::value_of(each)...); },
            task->args);
      });
      if (frame.value) {
        if (!journal) frame.value->call = nullptr;
        home->submit(core, std::move(*frame.value), terms);
      } else {
        home->settle(core, [&] { core->fail(std::move(frame.failure)); });
      }
    };
    const auto await = [&](detail::future_core& each) {
      each.observe();
      ++task->missing;
      if (each.ended()) {
        arrived();
      } else {
        home_->when_ended(each, arrived);
      }
    };
    std::apply([&](const Args&... each) { (detail::visit_awaited(each, await), ...); }, task->args);
    arrived();
  }

  detail::task_home* home_;
  detail::task_terms terms_;
  std::shared_ptr<const detail::keeping> keeping_;
  std::shared_ptr<const std::string> name_;  ///< null: none
  bool journal_;
};

}  // namespace cohort
