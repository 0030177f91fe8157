#pragma once

#include <cohort/core/call_site.hpp>
#include <cohort/core/detail/completion.hpp>
#include <cohort/core/detail/waiting.hpp>
#include <cohort/core/detail/yield.hpp>
#include <cohort/core/request.hpp>

#include <cstddef>
#include <optional>
#include <vector>

/// Completing many requests at once: MPI_Waitall, MPI_Waitany, MPI_Waitsome and their tests, on requests of any
/// kind and mix. They are given one by one, wait_all(a, b, c), or as a forward range, wait_all(vector_of_requests).
///
/// Each is one call of MPI. Requests that are complete already, empty or (persistent) not started take no part. A
/// request that completes here is as if its own wait() had returned: its container has the length that came, and
/// its status is told by a further wait(), which costs nothing.
///
/// With a receive of unknown length (probing_request) among them, which has no request of MPI, each is tested by
/// itself, in order, until enough are complete; wait_* yield the processor in between, and test_all settles those
/// that are complete.
///
/// Memory: none on the heap for requests given one by one and for ranges of up to 32; else two allocations, three
/// for the _some functions, which also return a vector.
///
/// Errors: if operations fail (mpi_error; error for a value that came short), all the others that are complete are
/// settled first; then the error of the first that failed is thrown, which names its operation and where it was
/// started. A failed request is complete.
namespace cohort {

namespace detail {

/// Settles what is complete now; false if nothing is left. For wait_all before MPI_Waitall, which in Open MPI (4.1)
/// never returns if one of its requests had failed before the call: it waits for a signal that came already.
template <class Requests, class Array>
bool take_out_failed(Requests& requests, Array& array, first_error& errors, const call_site& where) {
  bool any = false;  // only receives fail: by a message that is longer than their room
  requests.each([&](const auto& one) { any = any || completion::receives(one); });
  if (!any) return true;
  collect(requests, array);
  int number = 0;
  const int code = test_some(array.raw(), array.statuses(), array.indices(), number);
  if (code != MPI_SUCCESS && code != MPI_ERR_IN_STATUS) throw_call_failed(code, "MPI_Testsome", where);
  settle_some(requests, array, number, code, errors);
  bool left = false;
  requests.each([&](const auto& one) { left = left || completion::active(one); });
  return left;
}

/// The thread waits for these.
template <class Requests>
wait_scope waiting_for(const char* operation, Requests& requests) noexcept {
  return {operation, [&](auto&& add) {
            requests.each([&](const auto& one) {
              if (completion::active(one)) add(completion::to_await(one));
            });
          }};
}

template <class Requests>
bool poll_all(Requests& requests, bool block) {
  first_error errors;
  bool left = true;
  for (;;) {
    left = poll_each(requests, errors, false, [](std::size_t) {});
    if (!left || !block) break;
    yield();
  }
  errors.rethrow();
  return !left;
}
/// The positions of those that completed, at most one if one is enough.
template <class Requests>
std::vector<std::size_t> poll_some(Requests& requests, bool block, bool one_is_enough) {
  first_error errors;
  std::vector<std::size_t> which;
  while (poll_each(requests, errors, one_is_enough, [&](std::size_t i) { which.push_back(i); }) && block &&
         which.empty()) {
    yield();
  }
  errors.rethrow();
  return which;
}

template <class Requests>
requires(Requests::polled) void wait_all_of(Requests requests, const call_site&) {
  poll_all(requests, true);
}
template <class Requests>
requires(!Requests::polled) void wait_all_of(Requests requests, const call_site& where) {
  typename Requests::array array{requests.size()};
  first_error errors;
  const auto busy = waiting_for("wait_all", requests);
  requests.each([&](auto& one) { errors.look(one); });
  // MPI returns early when one fails; then the others are waited for in a further call.
  for (bool left = true; left;) {
#ifdef OPEN_MPI
    if (!take_out_failed(requests, array, errors, where)) break;
#endif
    collect(requests, array);
    const int code = wait_all(array.raw(), array.statuses());
    if (code != MPI_SUCCESS && code != MPI_ERR_IN_STATUS) throw_call_failed(code, "MPI_Waitall", where);
    left = settle_all(requests, array, code, errors);
  }
  errors.rethrow();
}

template <class Requests>
requires(Requests::polled) bool test_all_of(Requests requests, const call_site&) {
  return poll_all(requests, false);
}
template <class Requests>
requires(!Requests::polled) bool test_all_of(Requests requests, const call_site& where) {
  typename Requests::array array{requests.size()};
  first_error errors;
  collect(requests, array);
  bool done = false;
  const int code = test_all(array.raw(), array.statuses(), done);
  if (code != MPI_SUCCESS && code != MPI_ERR_IN_STATUS) throw_call_failed(code, "MPI_Testall", where);
  if (code == MPI_SUCCESS && !done) return false;
  const bool left = settle_all(requests, array, code, errors);
  errors.rethrow();
  return !left;
}

template <auto Call, class Requests>
requires(Requests::polled) std::optional<std::size_t> complete_any(Requests requests, const char*,
                                                                   const call_site&) {
  const auto which = poll_some(requests, Call == &detail::wait_any, true);
  return which.empty() ? std::nullopt : std::optional{which.front()};
}
template <auto Call, class Requests>
requires(!Requests::polled) std::optional<std::size_t> complete_any(Requests requests, const char* routine,
                                                                    const call_site& where) {
  typename Requests::array array{requests.size()};
  collect(requests, array);
  int index = MPI_UNDEFINED;
  MPI_Status done;
  const auto busy = Call == &detail::wait_any ? waiting_for("wait_any", requests) : wait_scope{};
  const int code = Call(array.raw(), done, index);
  if (index == MPI_UNDEFINED || index < 0) {
    if (code != MPI_SUCCESS) throw_call_failed(code, routine, where);
    return std::nullopt;
  }
  const auto which = static_cast<std::size_t>(index);
  first_error errors;
  requests.at(which, [&](auto& one) { errors.settle(one, array.raw()[which], done, code); });
  errors.rethrow();
  return which;
}

template <auto Call, class Requests>
requires(Requests::polled) std::vector<std::size_t> complete_some(Requests requests, const char*,
                                                                  const call_site&) {
  return poll_some(requests, Call == &detail::wait_some, false);
}
template <auto Call, class Requests>
requires(!Requests::polled) std::vector<std::size_t> complete_some(Requests requests, const char* routine,
                                                                   const call_site& where) {
  typename Requests::array array{requests.size()};
  collect(requests, array);
  int number = 0;
  const auto busy = Call == &detail::wait_some ? waiting_for("wait_some", requests) : wait_scope{};
  const int code = Call(array.raw(), array.statuses(), array.indices(), number);
  if (code != MPI_SUCCESS && code != MPI_ERR_IN_STATUS) throw_call_failed(code, routine, where);
  if (number == MPI_UNDEFINED) return {};
  std::vector<std::size_t> which(array.indices(), array.indices() + number);
  first_error errors;
  settle_some(requests, array, number, code, errors);
  errors.rethrow();
  return which;
}

template <class... Requests>
auto pack_of(Requests&&... requests) noexcept {
  (require_mutable<Requests>(), ...);
  return request_pack<std::remove_reference_t<Requests>...>{requests...};
}
template <class Range>
auto sequence_of(Range& range) {
  require_mutable<std::ranges::range_reference_t<Range>>();
  return request_sequence<Range>{range};
}

}  // namespace detail

/// Blocks until all are complete. One MPI_Waitall; if there are receives among them, and the MPI is Open MPI, one
/// MPI_Testsome first, and MPI_Waitall only if that has left some (see take_out_failed for why). Requests of
/// different types may be mixed; temporaries, as in wait_all(world.isend(x, {.dest = 1}), coming), are completed
/// too. @{
template <detail::request_like... Requests>
requires(sizeof...(Requests) != 0) void wait_all(Requests&&... requests) {
  detail::wait_all_of(detail::pack_of(requests...), call_site::current());
}
template <detail::request_range Range>
void wait_all(Range&& range, call_site where = call_site::current()) {
  detail::wait_all_of(detail::sequence_of(range), where);
}
/// @}

/// Whether all are complete; never blocks. If not, none is touched. One MPI_Testall. @{
template <detail::request_like... Requests>
requires(sizeof...(Requests) != 0) [[nodiscard]] bool test_all(Requests&&... requests) {
  return detail::test_all_of(detail::pack_of(requests...), call_site::current());
}
template <detail::request_range Range>
[[nodiscard]] bool test_all(Range&& range, call_site where = call_site::current()) {
  return detail::test_all_of(detail::sequence_of(range), where);
}
/// @}

/// Blocks until one is complete and returns its position; nothing if none is active. One MPI_Waitany. @{
template <detail::request_like... Requests>
requires(sizeof...(Requests) != 0) std::optional<std::size_t> wait_any(Requests&&... requests) {
  return detail::complete_any<&detail::wait_any>(detail::pack_of(requests...), "MPI_Waitany", call_site::current());
}
template <detail::request_range Range>
std::optional<std::size_t> wait_any(Range&& range, call_site where = call_site::current()) {
  return detail::complete_any<&detail::wait_any>(detail::sequence_of(range), "MPI_Waitany", where);
}
/// @}

/// The position of one that is complete now, if any is; never blocks. One MPI_Testany. Nothing also if none is
/// active.
/// @{
template <detail::request_like... Requests>
requires(sizeof...(Requests) != 0) [[nodiscard]] std::optional<std::size_t> test_any(Requests&&... requests) {
  return detail::complete_any<&detail::test_any>(detail::pack_of(requests...), "MPI_Testany", call_site::current());
}
template <detail::request_range Range>
[[nodiscard]] std::optional<std::size_t> test_any(Range&& range, call_site where = call_site::current()) {
  return detail::complete_any<&detail::test_any>(detail::sequence_of(range), "MPI_Testany", where);
}
/// @}

/// Blocks until at least one is complete; returns the positions of all that are, none if none is active. One
/// MPI_Waitsome.
template <detail::request_range Range>
std::vector<std::size_t> wait_some(Range&& range, call_site where = call_site::current()) {
  return detail::complete_some<&detail::wait_some>(detail::sequence_of(range), "MPI_Waitsome", where);
}
/// The positions of those that are complete now; never blocks. One MPI_Testsome.
template <detail::request_range Range>
[[nodiscard]] std::vector<std::size_t> test_some(Range&& range, call_site where = call_site::current()) {
  return detail::complete_some<&detail::test_some>(detail::sequence_of(range), "MPI_Testsome", where);
}

}  // namespace cohort
