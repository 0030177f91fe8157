#pragma once

#include <cohort/pattern/divide/detail/functions.hpp>
#include <cohort/pattern/divide/detail/parcel.hpp>
#include <cohort/pattern/divide/detail/pool.hpp>
#include <cohort/pattern/divide/detail/run.hpp>
#include <cohort/pattern/divide/detail/strand.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace cohort::detail {

/// A call of divide_and_conquer on this rank. It works depth first on the last strand that can go on; when none
/// can, it begins one from a problem of another rank or from its own other strands, and when there is none, it
/// asks.
template <class Functions>
class divide_engine final : private divide_run {
  using P = typename Functions::problem_type;
  using R = typename Functions::result_type;
  using strand = divide_strand<Functions>;

 public:
  divide_engine(const communicator& comm, Functions functions, const divide_options& options, call_site where)
      : divide_run{comm, options, where}, functions_{functions}, pool_{comm.rank()} {}

  /// The result, on the root.
  std::optional<R> run(P&& problem) {
    if (comm().rank() == options_.root) pool_.add({std::move(problem), {options_.root, 0, 0}, 0});
    try {
      work();
    } catch (...) {
      fail();
    }
    runnable_.clear();
    pool_.clear();
    conclude();
    return std::move(result_);
  }

 private:
  void work() {
    while (!mail_.ended()) {
      if (!runnable_.empty()) {
        become_busy();
        go_on(*runnable_.back());
      } else if (auto piece = pool_.next()) {
        become_busy();
        begin(std::move(*piece));
        if (due()) look();
      } else {
        become_idle();
        idle(look());
      }
    }
  }

  // Working.

  void begin(loose_piece<P>&& piece) {
    auto& fresh = pool_.open(piece, now());
    runnable_.push_back(&fresh);
    visit(fresh, std::move(piece.problem), piece.depth);
  }

  /// Until it ends, or waits for results of others, or there is something more urgent.
  void go_on(strand& here) {
    while (!here.frames.empty()) {
      auto& top = here.frames.back();
      if (top.next != top.end) {
        // Moved out, since the frames may move.
        if (!visit(here, P(std::move(top.pieces[top.next++])), top.depth + 1)) return;
      } else if (top.missing == 0) {
        if (!merge_top(here)) return;
      } else {
        here.blocked = true;
        std::erase(runnable_, &here);
        return;
      }
      if (due() && interrupted(here)) return;
    }
  }

  /// After a look at the messages: another strand can go on, or all has ended.
  bool interrupted(strand& here) {
    look();
    if (mail_.ended()) return true;
    if (runnable_.back() == &here) return false;
    mark_partial(here);
    return true;
  }
  static void mark_partial(strand& here) noexcept {
    (here.frames.empty() ? here.partial : here.frames.back().partial) = true;
  }

  /// Splits or solves a problem. False if the strand is no more, or must not go on.
  bool visit(strand& here, P&& problem, std::size_t depth) {
    const auto began = costs_.timed(depth) ? now() : 0;
    about_to(divide_step::divisible, depth);
    if (functions_.can_divide(std::as_const(problem))) {
      divide(here, std::move(problem), depth, began);
      return true;
    }
    if (due_before(depth)) {
      in_hand_ = true;
      look();
      in_hand_ = false;
      if (mail_.ended()) return false;
    }
    about_to(divide_step::solve, depth);
    R result = functions_.conquer(std::move(problem));
    ++share_.solved;
    if (began != 0) costs_.learn(depth, now() - began);
    if (!deliver(here, std::move(result), false)) return false;
    if (runnable_.back() == &here) return true;
    mark_partial(here);
    return false;
  }

  void divide(strand& here, P&& problem, std::size_t depth, std::int64_t began) {
    about_to(divide_step::split, depth);
    here.open = std::min(here.open, here.frames.size());
    auto& top = here.frames.emplace_back();
    top.depth = depth;
    top.began = began;
    if constexpr (Functions::keeps_problem) {
      top.problem.emplace(std::move(problem));
      top.pieces = functions_.divide(std::as_const(*top.problem));
    } else {
      top.pieces = functions_.divide(std::move(problem));
    }
    top.end = top.pieces.size();
    top.results.reserve(top.end);
  }

  /// As deliver().
  bool merge_top(strand& here) {
    auto& top = here.frames.back();
    pool_.forget(top);
    auto results = top.take_results();
    auto problem = std::move(top.problem);
    const auto depth = top.depth;
    const auto began = top.began;
    const bool partial = top.partial;
    here.frames.pop_back();
    about_to(divide_step::merge, depth);
    R result = merge(problem, std::move(results));
    ++share_.merged;
    if (began != 0 && !partial) costs_.learn(depth, now() - began);
    return deliver(here, std::move(result), partial);
  }
  template <class Problem>
  R merge(Problem& problem, std::vector<R>&& results) {
    if constexpr (Functions::keeps_problem) {
      return std::invoke(functions_.merge, std::as_const(*problem), std::move(results));
    } else {
      return std::invoke(functions_.merge, std::move(results));
    }
  }

  /// The result of what the strand worked on last. False if that was all of it, and it is no more.
  bool deliver(strand& here, R&& result, bool partial) {
    if (!here.frames.empty()) {
      auto& top = here.frames.back();
      top.partial |= partial;
      top.results.push_back(std::move(result));
      return true;
    }
    const auto took = partial || here.partial ? 0 : now() - here.began;
    const auto origin = here.origin;
    const auto depth = here.depth;
    std::erase(runnable_, &here);
    pool_.close(here);
    if (origin.rank != comm().rank()) {
      about_to(divide_step::send, depth);
      pack_result(mail_, origin, depth, took, result);
    } else if (origin.frame != 0) {
      resume(pool_.arrive(origin, std::move(result)));
    } else {
      result_.emplace(std::move(result));
      mail_.end();
    }
    return false;
  }

  void resume(strand* one) {
    if (one != nullptr) runnable_.push_back(one);
  }

  void about_to(divide_step what, std::size_t depth) noexcept {
    doing_ = what;
    doing_depth_ = depth;
  }

  // Sharing.

  /// Sends results, takes what has come, gives to those who ask; whether something has come.
  bool look() {
    doing_ = divide_step::nothing;
    const auto begun = now();
    mail_.flush();
    const bool any = mail_.listen();
    while (const auto letter = mail_.next()) {
      if (letter->results) {
        take_in_results(*letter);
      } else {
        take_in_problems(*letter);
      }
    }
    while (!mail_.ended() && !mail_.askers().empty() && give(mail_.askers().front())) mail_.askers().pop_front();
    if (mail_.askers().empty()) refusing_since_ = 0;
    // The next one is the later the longer this one took: work comes first.
    looked_ = now();
    looked_ += 4 * (looked_ - begun);
    return any;
  }

  void take_in_problems(const divide_mail::letter& letter) {
    for (parcel_reader from{letter.bytes}; auto head = from.next();) {
      about_to(divide_step::receive, head->depth);
      pool_.add({from.template unpack<P>(), head->origin, static_cast<std::size_t>(head->depth)});
      ++share_.taken;
    }
    doing_ = divide_step::nothing;
  }

  void take_in_results(const divide_mail::letter& letter) {
    for (parcel_reader from{letter.bytes}; auto head = from.next();) {
      const auto begun = now();
      about_to(divide_step::receive, head->depth);
      resume(pool_.arrive(head->origin, from.template unpack<R>()));
      if (head->took != 0) costs_.learn(head->depth, head->took);
      costs_.learn_move(head->depth, 1, now() - begun);
    }
    doing_ = divide_step::nothing;
  }

  /// What is left was expected to take less than the cut-off, but this rank has still not come to its end.
  bool refusing_too_long(const worth& what) {
    if (!what.pays()) return false;
    const auto time = now();
    if (refusing_since_ == 0) refusing_since_ = time;
    return time - refusing_since_ > 4 * costs_.cutoff();
  }

  bool give(int asker) {
    worth together{costs_, static_cast<std::size_t>(options_.deepest)};
    const auto chosen = pool_.choose(together, runnable_.empty() ? nullptr : runnable_.back(), in_hand_);
    if (!chosen.empty() && !together.enough() && !refusing_too_long(together)) return false;
    refusing_since_ = 0;
    if (chosen.empty()) return false;
    const auto begun = now();
    const auto pieces = pool_.take(chosen);
    about_to(divide_step::send, pieces.front().depth);
    mail_.send_problems(asker, pack_problems(pieces));
    doing_ = divide_step::nothing;
    share_.given += pieces.size();
    costs_.learn_move(pieces.front().depth, pieces.size(), now() - begun);
    return true;
  }

  Functions functions_;
  divide_pool<Functions> pool_;
  std::vector<strand*> runnable_;    ///< those that can go on; the last one does
  bool in_hand_ = false;             ///< a problem is about to be solved
  std::int64_t refusing_since_ = 0;  ///< 0: it is not
  std::optional<R> result_;
};

}  // namespace cohort::detail
