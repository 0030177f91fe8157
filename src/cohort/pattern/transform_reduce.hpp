#pragma once

#include <cohort/collective/allreduce.hpp>
#include <cohort/collective/bcast.hpp>
#include <cohort/collective/gather.hpp>
#include <cohort/core/communicator.hpp>
#include <cohort/pattern/rank_error.hpp>

#include <concepts>
#include <functional>
#include <optional>
#include <ranges>
#include <type_traits>
#include <utility>

namespace cohort {
namespace detail {

/// What a range of consecutive ranks contributes: a value if any of them had an element, and who failed, if
/// anybody.
template <class T>
struct contribution {
  T value{};
  int failed = -1;
  bool present = false;
};

/// Joins two of them. Stateless, so that MPI can call it.
template <class T, class Reduce>
struct join_contributions {
  contribution<T> operator()(const contribution<T>& a, const contribution<T>& b) const {
    if (a.failed >= 0) return a;
    if (b.failed >= 0) return b;
    if (!b.present) return a;
    if (!a.present) return b;
    return {static_cast<T>(std::invoke(Reduce{}, a.value, b.value)), -1, true};
  }
};

/// The same where it goes as an object: from each rank to rank 0, and from there, as the result, to all.
template <class T>
struct object_contribution {
  std::optional<T> value;
  int failed = -1;
};

template <class T, class Reduce>
concept reduced_by_mpi =
    plain<T> && std::default_initializable<T> && std::is_empty_v<Reduce> && std::default_initializable<Reduce>;

/// Adds one more value to a total that may still be empty.
template <class T, class Reduce>
void fold_in(std::optional<T>& total, T next, Reduce& reduce) {
  if (total) {
    total.emplace(static_cast<T>(std::invoke(reduce, std::move(*total), std::move(next))));
  } else {
    total.emplace(std::move(next));
  }
}

}  // namespace detail

/// std::transform_reduce over the ranges of all ranks: `init`, and transform(x) for each element x, combined with
/// `reduce`; the result on every rank. Collective. `range` is this rank's part, any input range, empty too; `init`
/// is counted once, and only rank 0's. `reduce` must be associative; it need not be commutative, since all is
/// combined in the order of ranks and of elements (of floating-point numbers, in brackets that depend on the number
/// of ranks; see reproducible_allreduce).
///
///   double norm = std::sqrt(cohort::transform_reduce(world, mine, 0.0, std::plus{}, [](double x) { return x * x;
///   }));
///
/// Cost: one MPI_Allreduce of one value. If T is serialised, or `reduce` has a state, which MPI cannot carry, rank
/// 0 gathers the ranks' values and combines them, and the result goes to all: a gather and a bcast.
///
/// If `transform`, `reduce` or the range throws on a rank, every rank throws rank_error. (But in what MPI itself
/// combines, an exception of `reduce` ends the job.)
template <std::ranges::input_range Range, class T, class Reduce, class Transform = std::identity>
[[nodiscard]] T transform_reduce(const communicator& comm, Range&& range, T init, Reduce reduce,
                                 Transform transform = {}, call_site where = call_site::current()) {
  std::optional<T> total;
  if (comm.rank() == 0) total.emplace(std::move(init));
  std::optional<rank_failure> failure;
  const auto fail = [&](const char* during) {
    failure = detail::describe_rank_failure(comm, "transform_reduce", during);
  };
  try {
    for (auto&& element : range) {
      detail::fold_in(total, static_cast<T>(std::invoke(transform, std::forward<decltype(element)>(element))),
                      reduce);
    }
  } catch (...) {
    fail("reduction of its part");
  }

  if constexpr (detail::reduced_by_mpi<T, Reduce>) {
    detail::contribution<T> mine;
    if (failure) {
      mine.failed = comm.rank();
    } else if (total) {
      mine.value = *total;
      mine.present = true;
    }
    const auto all = comm.allreduce(mine, detail::join_contributions<T, Reduce>{}, where);
    if (all.failed >= 0) detail::throw_rank_error(comm, all.failed, failure, where);
    return all.value;
  } else {
    detail::object_contribution<T> result;
    if (failure) {
      result.failed = comm.rank();
    } else {
      result.value = std::move(total);
    }
    auto all = comm.gather(result, {}, where);
    if (comm.rank() == 0) {
      result = {};
      try {
        for (auto& part : all) {
          result.failed = part.failed;
          if (result.failed >= 0) break;
          if (part.value) detail::fold_in(result.value, std::move(*part.value), reduce);
        }
      } catch (...) {
        fail("reduction of the ranks' values");
        result = {std::nullopt, 0};
      }
    }
    comm.bcast(result, {}, where);
    if (result.failed >= 0) detail::throw_rank_error(comm, result.failed, failure, where);
    return std::move(*result.value);
  }
}

}  // namespace cohort
