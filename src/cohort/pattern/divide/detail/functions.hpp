#pragma once

#include <cohort/core/detail/payload.hpp>

#include <array>
#include <concepts>
#include <functional>
#include <ranges>
#include <type_traits>
#include <utility>
#include <vector>

namespace cohort::detail {

template <class Range, class P>
inline constexpr bool owns_pieces = false;
template <class P, class A>
inline constexpr bool owns_pieces<std::vector<P, A>, P> = true;
template <class P, std::size_t N>
inline constexpr bool owns_pieces<std::array<P, N>, P> = true;

/// The functions of a divide_and_conquer of problems P, checked, and what follows from them.
template <class P, class Divisible, class Split, class Solve, class Merge>
struct divide_functions {
  static_assert(std::is_invocable_r_v<bool, Divisible&, const P&>,
                "cohort: divide_and_conquer's divisible is called with a const problem and returns a bool");
  static_assert(std::is_invocable_v<Solve&, P>, "cohort: divide_and_conquer's solve is called with a problem");
  using problem_type = P;
  using result_type = std::remove_cvref_t<std::invoke_result_t<Solve&, P>>;
  static_assert(!std::is_void_v<result_type>, "cohort: divide_and_conquer's solve returns a result");

  /// Merge wants to see the problem, which is kept for it.
  static constexpr bool keeps_problem = std::is_invocable_v<Merge&, const P&, std::vector<result_type>>;
  static_assert(keeps_problem || std::is_invocable_v<Merge&, std::vector<result_type>>,
                "cohort: divide_and_conquer's merge is called with a std::vector of solve's results, or with the "
                "const problem and those");

  using split_argument = std::conditional_t<keeps_problem, const P&, P>;
  static_assert(std::is_invocable_v<Split&, split_argument>,
                "cohort: divide_and_conquer's split is called with a problem; a const one if merge wants it, too");
  using split_type = std::invoke_result_t<Split&, split_argument>;
  /// A range of its own, whose elements nobody else needs.
  static constexpr bool takes_pieces = !std::is_lvalue_reference_v<split_type> && !std::ranges::view<split_type>;
  template <class Range>
  static constexpr bool gives_problems() {
    if constexpr (!std::ranges::input_range<Range>) {
      return false;
    } else if constexpr (takes_pieces) {
      return std::convertible_to<std::ranges::range_rvalue_reference_t<Range>, P>;
    } else {
      return std::convertible_to<std::ranges::range_reference_t<Range>, P>;
    }
  }
  static_assert(gives_problems<split_type>(),
                "cohort: divide_and_conquer's split returns a range of problems of the type that it is given");
  /// Held as they come where that is possible.
  using pieces_type =
      std::conditional_t<owns_pieces<split_type, P>, std::remove_cvref_t<split_type>, std::vector<P>>;

  static_assert(std::default_initializable<P> && std::movable<P>,
                "cohort: divide_and_conquer's problems travel, so they need a default constructor");
  static_assert(std::default_initializable<result_type> && std::move_constructible<result_type>,
                "cohort: divide_and_conquer's results travel, so they need a default constructor");

  [[nodiscard]] bool can_divide(const P& problem) { return static_cast<bool>(std::invoke(divisible, problem)); }
  [[nodiscard]] pieces_type divide(split_argument&& problem) {
    if constexpr (owns_pieces<split_type, P>) {
      return std::invoke(split, std::forward<split_argument>(problem));
    } else {
      pieces_type result;
      auto&& range = std::invoke(split, std::forward<split_argument>(problem));
      if constexpr (std::ranges::sized_range<decltype(range)>)
        result.reserve(static_cast<std::size_t>(std::ranges::size(range)));
      for (auto&& each : range) {
        if constexpr (takes_pieces) {
          result.push_back(static_cast<P>(std::move(each)));
        } else {
          result.push_back(static_cast<P>(each));
        }
      }
      return result;
    }
  }
  [[nodiscard]] result_type conquer(P&& problem) { return std::invoke(solve, std::move(problem)); }

  Divisible& divisible;
  Split& split;
  Solve& solve;
  Merge& merge;
};

}  // namespace cohort::detail
