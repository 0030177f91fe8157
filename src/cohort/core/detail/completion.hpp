#pragma once

#include <cohort/core/detail/waiting.hpp>
#include <cohort/core/request.hpp>

#include <concepts>
#include <cstddef>
#include <exception>
#include <memory>
#include <ranges>
#include <span>
#include <tuple>
#include <type_traits>

namespace cohort {
class persistent_request;
template <class T>
class probing_request;
}  // namespace cohort

namespace cohort::detail {

/// What completing many needs of one. Each kind of request names this struct its friend and has
///   pending_   with active(), receives(), raw(), put_back(raw), completed(status), fail(code, status), as
///              detail::pending
///   settle(status)   which takes note of the completion, and may throw
struct completion {
  template <class Request>
  static bool active(const Request& one) noexcept {
    return one.pending_.active();
  }
  template <class Request>
  static bool receives(const Request& one) noexcept {
    return one.pending_.active() && one.pending_.receives();
  }
  template <class Request>
  static MPI_Request raw(const Request& one) noexcept {
    return one.pending_.raw();
  }
  template <class Request>
  static void look(Request& one) {
    if constexpr (requires { one.pending_.look(true); }) (void)one.pending_.look(true);
  }
  /// Whether MPI's part is all that is left of it, so that its handle may be tested among others. Throws as
  /// arrival::look.
  template <class Request>
  [[nodiscard]] static bool only_mpi_left(Request& one) {
    if constexpr (requires { one.pending_.look(false); }) return one.pending_.look(false);
    return true;
  }
  template <class Request>
  [[nodiscard]] static owned<arrival>& brings(Request& one) noexcept {
    return one.pending_.brings();
  }
  /// What a watchdog shall read of it.
  template <class Request>
  [[nodiscard]] static awaited to_await(const Request& one) noexcept {
    return one.pending_.what().to_await();
  }
  template <class Request>
  static void put_back(Request& one, MPI_Request raw) noexcept {
    one.pending_.put_back(raw);
  }
  template <class Request>
  static void settle(Request& one, MPI_Request raw, const MPI_Status& done) {
    one.pending_.put_back(raw);
    one.settle(one.pending_.completed(done));
  }
  /// For an operation with a rank that is lost: see detail::pending. The memory is leaked when the request ends.
  template <class Request>
  static void abandon(Request& one) noexcept {
    one.pending_.abandon();
  }
  template <class Request>
  [[noreturn]] static void fail(Request& one, int code, const MPI_Status& done) {
    one.pending_.fail(code, done);
  }
};

/// A request without an MPI_Request: it is completed by its own test(), again and again.
template <class T>
inline constexpr bool is_polled = false;
template <class T>
inline constexpr bool is_polled<probing_request<T>> = true;

template <class T>
inline constexpr bool is_request = std::is_same_v<T, persistent_request> || is_polled<T>;
template <class T>
inline constexpr bool is_request<request<T>> = true;

/// A request, of whatever value category and constness; and a range of such.
template <class R>
concept request_like = is_request<std::remove_cvref_t<R>>;
template <class R>
concept request_range = std::ranges::forward_range<R> && request_like<std::ranges::range_reference_t<R>>;

template <class R>
constexpr void require_mutable() {
  static_assert(!std::is_const_v<std::remove_reference_t<R>>,
                "cohort: completing a request changes it, and this one is const; pass it as non-const");
}

/// The requests as MPI wants them, with room for statuses and indices: on the stack up to `Inside`, else (if it
/// `Grows`) in one allocation.
template <std::size_t Inside, bool Grows>
class request_array {
 public:
  explicit request_array(std::size_t n) noexcept(!Grows)
      : size_{n}, raw_{inside_raw_}, statuses_{inside_statuses_}, indices_{inside_indices_} {
    if constexpr (Grows) {
      if (n <= Inside) return;
      more_ =
          std::make_unique_for_overwrite<std::byte[]>(n * (sizeof(MPI_Request) + sizeof(MPI_Status) + sizeof(int)));
      // Each type begins its life in an array of bytes; the strictest alignment comes first.
      static_assert(alignof(MPI_Request) >= alignof(MPI_Status) && alignof(MPI_Status) >= alignof(int));
      raw_ = reinterpret_cast<MPI_Request*>(more_.get());
      statuses_ = reinterpret_cast<MPI_Status*>(raw_ + n);
      indices_ = reinterpret_cast<int*>(statuses_ + n);
    }
  }
  request_array(const request_array&) = delete;
  request_array& operator=(const request_array&) = delete;
  ~request_array() = default;

  [[nodiscard]] std::span<MPI_Request> raw() noexcept { return {raw_, size_}; }
  [[nodiscard]] MPI_Status* statuses() noexcept { return statuses_; }
  [[nodiscard]] int* indices() noexcept { return indices_; }

 private:
  struct nothing {};
  std::size_t size_;
  MPI_Request inside_raw_[Inside];
  MPI_Status inside_statuses_[Inside];
  int inside_indices_[Inside];
  MPI_Request* raw_;
  MPI_Status* statuses_;
  int* indices_;
  [[no_unique_address]] std::conditional_t<Grows, std::unique_ptr<std::byte[]>, nothing> more_;
};

/// A pack or a range of requests, as something to go through: each(f) calls f(request) for all in order, at(i, f)
/// for one. @{
template <class... Requests>
class request_pack {
 public:
  using array = request_array<sizeof...(Requests), false>;
  static constexpr bool polled = (is_polled<std::remove_cv_t<Requests>> || ...);
  explicit request_pack(Requests&... requests) noexcept : requests_{requests...} {}
  [[nodiscard]] std::size_t size() const noexcept { return sizeof...(Requests); }
  template <class F>
  void each(F&& f) {
    std::apply([&](auto&... one) { (f(one), ...); }, requests_);
  }
  template <class F>
  void at(std::size_t index, F&& f) {
    std::size_t i = 0;
    each([&](auto& one) {
      if (i++ == index) f(one);
    });
  }

 private:
  std::tuple<Requests&...> requests_;
};

template <class Range>
class request_sequence {
 public:
  using array = request_array<32, true>;
  static constexpr bool polled = is_polled<std::remove_cvref_t<std::ranges::range_reference_t<Range>>>;
  explicit request_sequence(Range& range) : range_{range} {}
  [[nodiscard]] std::size_t size() const { return static_cast<std::size_t>(std::ranges::distance(range_)); }
  template <class F>
  void each(F&& f) {
    for (auto& one : range_) f(one);
  }
  template <class F>
  void at(std::size_t index, F&& f) {
    f(*std::ranges::next(std::ranges::begin(range_), static_cast<std::ptrdiff_t>(index)));
  }

 private:
  Range& range_;
};
/// @}

/// MPI's calls on an array of requests; each returns MPI's error code. The size is checked to be an int. @{
int wait_all(std::span<MPI_Request> raw, MPI_Status* statuses);
int test_all(std::span<MPI_Request> raw, MPI_Status* statuses, bool& done);
int wait_any(std::span<MPI_Request> raw, MPI_Status& status, int& index);
int test_any(std::span<MPI_Request> raw, MPI_Status& status, int& index);
int wait_some(std::span<MPI_Request> raw, MPI_Status* statuses, int* indices, int& number);
int test_some(std::span<MPI_Request> raw, MPI_Status* statuses, int* indices, int& number);
/// @}

/// The first error among several completions, told when all of them have been settled.
class first_error {
 public:
  /// Settles one that MPI completed with `code`.
  template <class Request>
  void settle(Request& one, MPI_Request raw, const MPI_Status& done, int code) noexcept {
    try {
      if (code == MPI_SUCCESS) {
        completion::settle(one, raw, done);
      } else {
        completion::fail(one, code, done);
      }
    } catch (...) {
      if (!error_) error_ = std::current_exception();
    }
  }
  /// Where calls are compared: waits until it is known whether this one's ranks agree.
  template <class Request>
  void look(Request& one) noexcept {
    try {
      completion::look(one);
    } catch (...) {
      if (!error_) error_ = std::current_exception();
    }
  }
  /// Whether one that is active has completed by its own test().
  template <class Request>
  bool poll(Request& one) noexcept {
    try {
      return one.test();
    } catch (...) {
      if (!error_) error_ = std::current_exception();
      return true;
    }
  }
  void rethrow() const {
    if (error_) std::rethrow_exception(error_);
  }

 private:
  std::exception_ptr error_;
};

/// Throws mpi_error for a call that failed as a whole, so that no request tells more.
[[noreturn]] void throw_call_failed(int code, const char* routine, const call_site& where);

/// Requests of which some have no MPI_Request, tested one by one. Calls completed(i) for each that was active and
/// is complete now; true if some are still active. With `one_is_enough` it goes no further than the first.
template <class Requests, class Completed>
bool poll_each(Requests& requests, first_error& errors, bool one_is_enough, Completed&& completed) {
  std::size_t i = 0;
  bool left = false;
  bool enough = false;
  requests.each([&](auto& one) {
    const auto which = i++;
    if (enough || !one.active()) return;
    if (!errors.poll(one)) {
      left = true;
    } else {
      completed(which);
      enough = one_is_enough;
    }
  });
  return left;
}

template <class Requests, class Array>
void collect(Requests& requests, Array& into) {
  auto* next = into.raw().data();
  requests.each([&](const auto& one) { *next++ = completion::raw(one); });
}

/// Takes back what a call on all of them (MPI_Waitall, MPI_Testall) left. True if some are not complete.
template <class Requests, class Array>
bool settle_all(Requests& requests, Array& array, int code, first_error& errors) {
  std::size_t i = 0;
  bool left = false;
  requests.each([&](auto& one) {
    const auto raw = array.raw()[i];
    const auto& done = array.statuses()[i++];
    if (!completion::active(one)) return;
    const int its_code = code == MPI_SUCCESS ? MPI_SUCCESS : done.MPI_ERROR;
    if (its_code == MPI_ERR_PENDING) {
      left = true;
      completion::put_back(one, raw);
    } else {
      errors.settle(one, raw, done, its_code);
    }
  });
  return left;
}

/// Takes back those that a call on some of them (MPI_Waitsome, MPI_Testsome) completed.
template <class Requests, class Array>
void settle_some(Requests& requests, Array& array, int number, int code, first_error& errors) {
  for (int i = 0; i < number; ++i) {
    const auto which = static_cast<std::size_t>(array.indices()[i]);
    const auto& done = array.statuses()[i];
    requests.at(which, [&](auto& one) {
      errors.settle(one, array.raw()[which], done, code == MPI_SUCCESS ? MPI_SUCCESS : done.MPI_ERROR);
    });
  }
}

}  // namespace cohort::detail
