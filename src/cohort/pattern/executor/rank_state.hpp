#pragma once

#include <functional>
#include <memory>
#include <type_traits>
#include <typeinfo>
#include <utility>

namespace cohort {

/// What each rank makes for its tasks before the first of them, such as a connection, a model, a cache:
///
///   cohort::run_executor(argc, argv, body, {.state = cohort::rank_state{[] { return open_database("x"); }}});
///   int f(cohort::task_context& here, int x) { return here.state<database>().look_up(x); }
///
/// The function is called once on each rank, the root too, behind the initializer and in the same thread (so it may
/// call MPI), and what it returns, which need be neither copyable nor movable, ends in that thread when all tasks
/// of the rank have. All tasks of a rank use the same object: with executor_options::threads above 1 several at the
/// same time, so that it needs a lock then.
///
/// A guarded task has a process of its own without MPI: there the function is called when the task first asks, and
/// what it made ends with the task. It must not rely on what was done after the program's beginning.
class rank_state {
 public:
  /// None.
  rank_state() = default;
  template <class Make>
  requires(!std::is_same_v<std::remove_cvref_t<Make>, rank_state> &&
           std::is_invocable_v<Make&>) explicit rank_state(Make make)
      : type_{&typeid(made_by<Make>)}, make_{[make = std::move(make)]() mutable -> std::shared_ptr<void> {
          return std::shared_ptr<made_by<Make>>(new made_by<Make>(make()));
        }} {
    static_assert(std::is_object_v<std::invoke_result_t<Make&>> && !std::is_pointer_v<std::invoke_result_t<Make&>>,
                  "cohort: rank_state takes a function that returns the state by value; return a std::unique_ptr "
                  "for what is only to be had by pointer");
  }

  [[nodiscard]] explicit operator bool() const noexcept { return make_ != nullptr; }
  /// Of what the function returns; void if there is none.
  [[nodiscard]] const std::type_info& type() const noexcept { return *type_; }
  /// Calls the function.
  [[nodiscard]] std::shared_ptr<void> make() const { return make_(); }

 private:
  template <class Make>
  using made_by = std::remove_cv_t<std::invoke_result_t<Make&>>;

  const std::type_info* type_ = &typeid(void);
  std::function<std::shared_ptr<void>()> make_;
};

}  // namespace cohort
