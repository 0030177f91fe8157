#pragma once

#include <cohort/core/detail/check_level.hpp>
#include <cohort/core/detail/comm_state.hpp>
#include <cohort/core/detail/completion.hpp>
#include <cohort/core/detail/payload.hpp>
#include <cohort/core/detail/type_tag.hpp>
#include <cohort/core/detail/waiting.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

namespace cohort::detail {

/// What all ranks must agree about when they call a collective together, besides which one it is.
struct terms {
  static constexpr int no_root = -1;
  static constexpr std::int64_t any_count = -1;
  int root = no_root;
  std::int64_t count = any_count;  ///< of elements, where it must be the same everywhere
};

/// Compares this rank's call with everybody's, in one MPI_Allgather on the shadow communicator. If they differ,
/// throws argument_error on every rank, naming the first rank that does not call what rank 0 calls, and how it
/// differs.
void compare_calls(comm_state& state, const char* operation, const terms& about, const type_tag& element,
                   const type_tag& op, const call_site& where);

/// compare_calls at check level 1, nothing at level 0. Element and Op are void where there are none. Until what it
/// returns ends, a watchdog reads that this rank waits in the operation.
template <int Level, class Element = void, class Op = void>
wait_scope agree(comm_state& state, const char* operation, const call_site& where, const terms& about = {}) {
  wait_scope busy{state, operation, where, about.root};
  if constexpr (Level > 0) {
    compare_calls(state, operation, about, tag_of<Element>(), tag_of<std::remove_cvref_t<Op>>(), where);
  }
  return busy;
}

/// Starts the same comparison for an operation that is started: one MPI_Iallgather on the communicator itself,
/// before the operation. (The shadow communicator might first have to be made, for which all ranks would be waited
/// for.) What is returned shall arrive with the operation, with `inner` inside.
class started_comparison;
struct end_of_comparison {
  void operator()(started_comparison* which) const noexcept;
};
using comparison_ptr = std::unique_ptr<started_comparison, end_of_comparison>;
[[nodiscard]] comparison_ptr start_comparison(comm_state& state, const char* operation, const terms& about,
                                              const type_tag& element, const type_tag& op, const call_site& where);
void arrive_with(owned<arrival>& brings, comparison_ptr comparison) noexcept;

/// The comparison of a call of a non-blocking collective. Nothing at level 0. @{
template <int Level>
class comparison {
 public:
  explicit comparison(comparison_ptr started) noexcept : started_{std::move(started)} {}
  /// The request, which tells what is found when it is waited for or tested.
  template <class Request>
  Request operator()(Request request) {
    arrive_with(completion::brings(request), std::move(started_));
    return request;
  }

 private:
  comparison_ptr started_;
};
template <>
class comparison<0> {
 public:
  template <class Request>
  Request operator()(Request&& request) const {
    return std::forward<Request>(request);
  }
};
/// @}

template <int Level, class Element = void, class Op = void>
comparison<Level> compare_later([[maybe_unused]] comm_state& state, [[maybe_unused]] const char* operation,
                                [[maybe_unused]] const call_site& where, [[maybe_unused]] const terms& about = {}) {
  if constexpr (Level > 0) {
    return comparison<Level>{
        start_comparison(state, operation, about, tag_of<Element>(), tag_of<std::remove_cvref_t<Op>>(), where)};
  } else {
    return {};
  }
}

/// The number of elements as terms have it; of an object, if its shape fixes it.
inline std::int64_t same_count(std::size_t n) noexcept {
  return static_cast<std::int64_t>(n);
}
template <class T>
std::int64_t fixed_count([[maybe_unused]] const T& object) noexcept {
  if constexpr (shape_of<T> == shape::value || shape_of<T> == shape::range) {
    return same_count(element_count(object));
  } else {
    return terms::any_count;
  }
}

}  // namespace cohort::detail
