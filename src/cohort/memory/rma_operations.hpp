#pragma once

#include <cohort/core/buffer.hpp>
#include <cohort/core/call_site.hpp>
#include <cohort/core/detail/payload.hpp>
#include <cohort/core/request.hpp>
#include <cohort/memory/detail/rma.hpp>
#include <cohort/memory/rma_op.hpp>

#include <concepts>
#include <type_traits>

namespace cohort {

/// What one rank may do to the elements in another's part of a window, inside an epoch. Every operation
///   - names its place as {.target = rank, .offset = element};
///   - takes one element or a contiguous range of them, which are borrowed: they must live and stay unchanged, and
///     what is read is not there, until the epoch closes or a flush of it;
///   - is one MPI call, without allocation, and does not block;
///   - throws argument_error before the call if the elements are not all in the target's window or the epoch does
///     not reach the target, and mpi_error if MPI fails.
/// MPI promises atomicity to the four that update (accumulate and below), element by element for MPI's own types
/// and byte by byte for other plain types; put and get must not meet another access to the same elements in an
/// epoch.
template <class T>
class rma_operations {
 public:
  rma_operations(const rma_operations&) = delete;
  rma_operations& operator=(const rma_operations&) = delete;

  /// Writes elements. MPI_Put.
  template <class V>
  void put(V&& values, remote there, call_site where = call_site::current()) const {
    borrows<V>();
    const auto from = data(values);
    const auto& win = core_.reach("put", there, where);
    detail::rma_put(win, from, win.locate("put", there, elements(values), where), where);
  }
  /// Reads elements. MPI_Get.
  template <class V>
  void get_into(V&& room, remote there, call_site where = call_site::current()) const {
    borrows<V>();
    const auto into = place(room);
    const auto& win = core_.reach("get_into", there, where);
    detail::rma_get(win, into, win.locate("get_into", there, elements(room), where), where);
  }
  /// Combines elements with those of the target: target = op(operand, target). MPI_Accumulate.
  template <class V, class Op>
  void accumulate(V&& operands, Op, remote there, call_site where = call_site::current()) const {
    borrows<V>();
    using reduction = detail::rma_reduction<Op, T>;
    auto from = data(operands);
    from.type = reduction::type();
    const auto& win = core_.reach("accumulate", there, where);
    detail::rma_accumulate(win, from, reduction::op(), win.locate("accumulate", there, elements(operands), where),
                           where);
  }
  /// The same, and reads what the target was before. MPI_Get_accumulate.
  template <class V, class B, class Op>
  void get_accumulate_into(V&& operands, B&& before, Op, remote there,
                           call_site where = call_site::current()) const {
    borrows<V>();
    borrows<B>();
    using reduction = detail::rma_reduction<Op, T>;
    auto from = data(operands);
    const auto into = place(before);
    from.type = reduction::type();
    const auto& win = core_.reach("get_accumulate_into", there, where);
    if (elements(operands) != elements(before)) [[unlikely]] {
      detail::throw_argument_error(
          "get_accumulate_into", win.rank,
          "the place for the old elements does not have {} of them, as there are operands; make it "
          "that long",
          static_cast<long long>(elements(operands)), where);
    }
    detail::rma_get_accumulate(win, from, into, reduction::op(),
                               win.locate("get_accumulate_into", there, elements(operands), where), where);
  }
  /// get_accumulate_into for one element, which MPI may do by the hardware. MPI_Fetch_and_op.
  template <class Op>
  void fetch_and_op_into(const T& operand, T& before, Op, remote there,
                         call_site where = call_site::current()) const {
    static_assert(one_of_mpis_own<T>,
                  "cohort: fetch_and_op takes one number; use get_accumulate for other elements");
    using reduction = detail::rma_reduction<Op, T>;
    auto from = data(operand);
    from.type = reduction::type();
    const auto& win = core_.reach("fetch_and_op_into", there, where);
    detail::rma_fetch_and_op(win, from, &before, reduction::op(), win.locate("fetch_and_op_into", there, 1, where),
                             where);
  }
  /// Writes `desired` if the target is `expected`, and reads what it was before. MPI_Compare_and_swap. Up to four
  /// bytes: with eight, Open MPI 4.x crashes within a node (its issues 7027 and 7967: the emulated atomics of
  /// btl/vader).
  void compare_and_swap_into(const T& expected, const T& desired, T& before, remote there,
                             call_site where = call_site::current()) const {
    static_assert(comparable<T>, "cohort: compare_and_swap takes integers, enums, bool and std::byte only");
    static_assert(!comparable<T> || sizeof(T) <= swappable_bytes,
                  "cohort: Open MPI 4 crashes in MPI_Compare_and_swap of 8 bytes; use elements of at most 4");
    const auto& win = core_.reach("compare_and_swap_into", there, where);
    detail::rma_compare_and_swap(win, data(desired), &expected, &before,
                                 win.locate("compare_and_swap_into", there, 1, where), where);
  }

  /// Ends the epoch now, as the destructor would, but tells errors. A second call does nothing.
  void close(call_site where = call_site::current()) { core_.close(where); }

 protected:
  rma_operations(detail::win_state& win, detail::access_kind kind, int locked = unset) : core_{win, kind, locked} {}
  ~rma_operations() = default;

  template <class U>
  static constexpr bool one_of_mpis_own = detail::is_builtin<U>::value;
#if defined(OMPI_MAJOR_VERSION) && OMPI_MAJOR_VERSION <= 4
  static constexpr std::size_t swappable_bytes = 4;
#else
  static constexpr std::size_t swappable_bytes = 8;
#endif
  template <class U>
  static constexpr bool comparable = std::is_integral_v<U> || std::is_enum_v<U>;  // std::byte is an enum

  template <class V>
  static constexpr void borrows() {
    static_assert(std::is_lvalue_reference_v<V> || detail::is_view<std::remove_cvref_t<V>>,
                  "cohort: the memory is borrowed until the epoch closes, and a temporary would be gone; name it");
  }
  template <class V>
  static constexpr void fits() {
    static_assert(
        detail::shape_of<V> != detail::shape::object && std::is_same_v<std::remove_cv_t<detail::element_t<V>>, T>,
        "cohort: this window holds elements of another type; give one of them, or a contiguous range");
  }
  template <class V>
  static detail::rma_data data(const V& values) {
    fits<V>();
    const auto all = detail::view_of(values);
    return {all.data, all.count, all.type, elements(values) * sizeof(T)};
  }
  template <class V>
  static detail::rma_data place(V& values) {
    fits<std::remove_const_t<V>>();
    const auto all = detail::room_of(values);
    return {all.data, all.count, all.type, elements(values) * sizeof(T)};
  }
  template <class V>
  static std::size_t elements(const V& values) {
    return detail::element_count(values);
  }

  detail::epoch_core core_;
};

/// What an epoch can do besides where it ends operations one by one, without the target's help: the epochs of
/// lock() and lock_all(). The operations that return something wait for it (one call and a flush of the target).
template <class T>
class passive_operations : public rma_operations<T> {
  using base = rma_operations<T>;

 public:
  /// Reads one element, or `n` of them.
  [[nodiscard]] T get(remote there, call_site where = call_site::current()) const {
    T result;
    this->get_into(result, there, where);
    core_.flush(there.target, false, where);
    return result;
  }
  [[nodiscard]] buffer<T> get(std::size_t n, remote there, call_site where = call_site::current()) const {
    // Before anything is allocated: an `n` that is too large is an argument_error, not a lack of memory.
    auto known = there;
    (void)core_.reach("get", known, where).locate("get", known, n, where);
    buffer<T> result(n);
    this->get_into(result, there, where);
    core_.flush(there.target, false, where);
    return result;
  }
  /// Combines one element, or a range, and returns what the target was before.
  template <class V, class Op>
  [[nodiscard]] buffer<T> get_accumulate(const V& operands, Op op, remote there,
                                         call_site where = call_site::current()) const {
    buffer<T> before(detail::element_count(operands));
    this->get_accumulate_into(operands, before, op, there, where);
    core_.flush(there.target, false, where);
    return before;
  }
  template <class Op>
  T fetch_and_op(const T& operand, Op op, remote there, call_site where = call_site::current()) const {
    T before;
    this->fetch_and_op_into(operand, before, op, there, where);
    core_.flush(there.target, false, where);
    return before;
  }
  /// Returns what the target was before: `expected` if it was exchanged.
  T compare_and_swap(const T& expected, const T& desired, remote there,
                     call_site where = call_site::current()) const {
    T before;
    this->compare_and_swap_into(expected, desired, before, there, where);
    core_.flush(there.target, false, where);
    return before;
  }

  /// put and get_into whose request is complete when this rank's memory is free again, or filled. They are the
  /// caller's to complete before the epoch closes. MPI_Rput, MPI_Rget. @{
  template <class V>
  [[nodiscard]] request<void> rput(V&& values, remote there, call_site where = call_site::current()) const {
    base::template borrows<V>();
    const auto from = base::data(values);
    const auto& win = core_.reach("rput", there, where);
    return detail::rma_rput(win, from, win.locate("rput", there, base::elements(values), where), where);
  }
  template <class V>
  [[nodiscard]] request<void> rget_into(V&& room, remote there, call_site where = call_site::current()) const {
    base::template borrows<V>();
    const auto into = base::place(room);
    const auto& win = core_.reach("rget_into", there, where);
    return detail::rma_rget(win, into, win.locate("rget_into", there, base::elements(room), where), where);
  }
  /// @}

  /// Makes what this rank stored into its own part, and what others did to it, visible to both. MPI_Win_sync.
  void sync(call_site where = call_site::current()) const { core_.sync(where); }

 protected:
  using base::base;
  ~passive_operations() = default;
  using base::core_;
};

}  // namespace cohort
