#pragma once

#include <cohort/core/communicator.hpp>
#include <cohort/dispatch/types.hpp>
#include <cohort/pattern/detail/loop_mail.hpp>
#include <cohort/pattern/detail/loop_plan.hpp>
#include <cohort/pattern/detail/range_pool.hpp>
#include <cohort/pattern/detail/team.hpp>
#include <cohort/pattern/task_error.hpp>

#include <cstdint>
#include <optional>

namespace cohort::detail {

/// One loop of a team, as one rank takes part in it. The rank takes portions until there are none:
///
///   while (const auto portion = loop.next())
///     for (parts of loop.stride() indices) { run them; if (!loop.proceed(n)) break; }
///   loop.finish();
///
/// On the hub (on the only node) ranks claim portions with an atomic instruction on a word that they share. Another
/// node begins with one portion for each of its ranks, which every rank can compute; then it asks the hub for as
/// many at a time, when it has used half of what it has. Its ranks cut the same portions off that through their own
/// memory.
class shared_loop {
 public:
  /// Collective, but waits for nobody (unless the team has to be made). Throws argument_error, on every rank.
  shared_loop(const communicator& comm, const char* routine, loop_plan plan, int node_size, const call_site& where);
  shared_loop(const shared_loop&) = delete;
  shared_loop& operator=(const shared_loop&) = delete;
  ~shared_loop() { team_.busy = false; }

  /// The next indices for this rank. Waits only for other nodes. Nothing if there are no more, or if something
  /// failed.
  std::optional<unit_range> next();
  /// How many indices to run before the next proceed(): for about 50 us.
  [[nodiscard]] std::uint64_t stride() const noexcept { return stride_; }
  /// `n` indices were run. Looks after others; false: something failed, run no more.
  bool proceed(std::uint64_t n);
  /// Index `index` ended in the exception that is being handled: run no more.
  void fail(std::uint64_t index);

  /// Waits for all ranks; collective. Throws task_error on all of them if something failed on any.
  void finish();

  [[nodiscard]] std::uint64_t count() const noexcept { return plan_.count; }
  /// For messages between finish() and the next loop.
  [[nodiscard]] const communicator& lane() const noexcept { return team_.lane; }
  /// Indices that this rank ran, and the time in them. @{
  [[nodiscard]] std::uint64_t ran() const noexcept { return ran_; }
  [[nodiscard]] dispatch::duration busy() const noexcept { return busy_; }
  /// @}

 private:
  std::optional<unit_range> next_static();
  std::optional<unit_range> claim();
  std::optional<claimed> claim_home(std::uint64_t portions);
  std::optional<unit_range> next_of_hub();
  void take(const unit_range& granted);
  bool poll();
  [[nodiscard]] unit_range grant(const loop_mail::question& asked);
  void ask(std::uint64_t portions);
  void spread_failure();
  [[nodiscard]] bool failed() const noexcept;
  template <class Condition>
  void wait_until(Condition&& holds);

  struct outcome {
    std::uint64_t failure = 0;
    bool differs = false;
  };
  void arrive();
  [[nodiscard]] outcome node_outcome() const;
  [[nodiscard]] outcome join_nodes();
  [[noreturn]] void throw_failure(std::uint64_t code);

  communicator comm_;
  const char* routine_;
  call_site where_;
  team& team_;
  node_words& words_;
  range_pool pool_;
  loop_plan plan_;
  std::uint64_t loop_;  ///< this loop's number, from 1
  std::size_t parity_;
  unit_range home_;                      ///< claimed through node_words::home: the node's own range
  std::uint64_t static_next_ = 0;        ///< the next portion of this rank, if nothing is claimed
  std::optional<loop_mail> mail_;        ///< if there are several nodes
  unit_range held_;                      ///< granted, and no room in the pool
  std::optional<task_failure> failure_;  ///< of this rank
  bool tells_ = false;                   ///< the first on its node that failed: tells the other nodes
  std::uint64_t stride_ = 1;
  std::uint64_t ran_ = 0;
  dispatch::time_point last_{0};
  dispatch::time_point polled_{0};
  dispatch::duration busy_{0};
};

}  // namespace cohort::detail
