#pragma once

#include <cohort/core/datatype.hpp>
#include <cohort/core/finalize_hook.hpp>

#include <mpi.h>

#include <algorithm>
#include <concepts>
#include <functional>
#include <type_traits>

namespace boost::mpi {
template <typename Op, typename T>
struct is_commutative;
}

namespace cohort {

/// The smaller and the greater of two values, by operator<: MPI_MIN and MPI_MAX for arithmetic types. @{
struct minimum {
  template <class T>
  constexpr T operator()(const T& a, const T& b) const {
    return b < a ? b : a;
  }
};
struct maximum {
  template <class T>
  constexpr T operator()(const T& a, const T& b) const {
    return a < b ? b : a;
  }
};
/// @}

/// Whether MPI may swap the operands of Op on T, which lets it choose faster algorithms. Specialise it, or
/// boost::mpi::is_commutative, as true for an operation of yours.
template <class Op, class T>
inline constexpr bool commutative = [] {
  if constexpr (std::same_as<Op, minimum> || std::same_as<Op, maximum>) {
    return true;
  } else if constexpr (requires { boost::mpi::is_commutative<Op, T>::value; }) {
    return static_cast<bool>(boost::mpi::is_commutative<Op, T>::value);
  } else {
    return false;
  }
}();

namespace detail {

template <class Op, template <class> class Of, class T>
inline constexpr bool is_functor = std::same_as<Op, Of<T>> || std::same_as<Op, Of<void>>;

/// MPI's own operation for Op on T, MPI_OP_NULL if there is none.
template <class Op, class T>
MPI_Op builtin_op() noexcept {
  constexpr bool number = std::is_arithmetic_v<T> && !std::is_same_v<T, bool>;
  constexpr bool complex = is_builtin<T>::value && !std::is_arithmetic_v<T> && !std::is_enum_v<T>;
  constexpr bool integer = std::is_integral_v<T>;
  if constexpr ((number || complex) && is_functor<Op, std::plus, T>) {
    return MPI_SUM;
  } else if constexpr ((number || complex) && is_functor<Op, std::multiplies, T>) {
    return MPI_PROD;
  } else if constexpr (number && (std::same_as<Op, minimum> ||
                                  std::same_as<Op, std::remove_const_t<decltype(std::ranges::min)>>)) {
    return MPI_MIN;
  } else if constexpr (number && (std::same_as<Op, maximum> ||
                                  std::same_as<Op, std::remove_const_t<decltype(std::ranges::max)>>)) {
    return MPI_MAX;
  } else if constexpr (integer && is_functor<Op, std::logical_and, T>) {
    return MPI_LAND;
  } else if constexpr (integer && is_functor<Op, std::logical_or, T>) {
    return MPI_LOR;
  } else if constexpr (number && integer && is_functor<Op, std::bit_and, T>) {
    return MPI_BAND;
  } else if constexpr (number && integer && is_functor<Op, std::bit_or, T>) {
    return MPI_BOR;
  } else if constexpr (number && integer && is_functor<Op, std::bit_xor, T>) {
    return MPI_BXOR;
  } else {
    return MPI_OP_NULL;
  }
}

/// One element of T as one MPI element, so that MPI never cuts inside it when it splits a reduction. Made at the
/// first use, freed at MPI_Finalize.
template <class T>
class whole_element final : finalize_hook {
 public:
  static MPI_Datatype type() {
    static whole_element instance;
    return instance.type_;
  }

 private:
  whole_element() {
    if constexpr (datatype<T>::builtin) {
      MPI_Type_contiguous(static_cast<int>(datatype<T>::per_element), datatype<T>::type(), &type_);
    } else {
      // Bytes for an mpi_struct too: MPI's own buffers hold such a type without the gap at its end, and the
      // operation assigns whole objects.
      MPI_Type_contiguous(static_cast<int>(sizeof(T)), MPI_BYTE, &type_);
    }
    MPI_Type_commit(&type_);
  }
  void release() noexcept override { MPI_Type_free(&type_); }
  MPI_Datatype type_ = MPI_DATATYPE_NULL;
};

/// The MPI_Op that applies a stateless callable. One per (Op, T), made at the first use, freed at MPI_Finalize.
template <class Op, class T>
class user_op final : finalize_hook {
 public:
  static MPI_Op op() {
    static user_op instance;
    return instance.op_;
  }

 private:
  user_op() { MPI_Op_create(&user_op::apply, commutative<Op, T> ? 1 : 0, &op_); }
  void release() noexcept override { MPI_Op_free(&op_); }
  /// An exception here cannot pass through MPI: noexcept makes it end the job with its message.
  static void apply(void* left, void* right, int* length, MPI_Datatype*) noexcept {
    const auto* a = static_cast<const T*>(left);
    auto* b = static_cast<T*>(right);
    const Op op{};
    for (int i = 0; i < *length; ++i) b[i] = static_cast<T>(op(a[i], b[i]));
  }
  MPI_Op op_ = MPI_OP_NULL;
};

/// What a reduction of elements T with Op passes to MPI.
template <class Op, class T>
struct reduction {
  static_assert(plain<T>,
                "cohort: reductions take plain elements; gather serialised objects and combine them instead");
  static_assert(std::is_empty_v<Op> && std::default_initializable<Op>,
                "cohort: MPI cannot carry the state of an operation; use a callable without captures or members");
  static_assert(std::is_invocable_r_v<T, const Op&, const T&, const T&>,
                "cohort: the operation must combine two elements");

  static constexpr bool has_builtin() { return builtin_op_known; }
  static MPI_Op op() {
    if constexpr (builtin_op_known) {
      return builtin_op<Op, T>();
    } else {
      return user_op<Op, T>::op();
    }
  }
  static MPI_Datatype type() {
    if constexpr (!builtin_op_known) {
      return whole_element<T>::type();
    } else if constexpr (std::is_same_v<T, char>) {
      return std::is_signed_v<char> ? MPI_SIGNED_CHAR : MPI_UNSIGNED_CHAR;  // MPI_CHAR is text, not a number
    } else if constexpr (std::is_same_v<T, wchar_t>) {
      return std::is_signed_v<wchar_t> ? MPI_INT32_T : MPI_UINT32_T;  // and so is MPI_WCHAR
    } else if constexpr (std::is_same_v<T, unsigned long> && extremum) {
      // Open MPI 4.1.4 compares MPI_UNSIGNED_LONG as signed numbers (issues 10276 and 10525), but not the others.
      return sizeof(T) == 8 ? MPI_UINT64_T : MPI_UINT32_T;
    } else {
      return datatype<T>::type();
    }
  }

 private:
  template <template <class> class... Of>
  static constexpr bool any = (is_functor<Op, Of, T> || ...);
  static constexpr bool number = std::is_arithmetic_v<T> && !std::is_same_v<T, bool>;
  static constexpr bool extremum = std::same_as<Op, minimum> || std::same_as<Op, maximum> ||
                                   std::same_as<Op, std::remove_const_t<decltype(std::ranges::min)>> ||
                                   std::same_as<Op, std::remove_const_t<decltype(std::ranges::max)>>;
  static constexpr bool builtin_op_known =
      (is_builtin<T>::value && !std::is_enum_v<T> && !std::is_same_v<T, bool> && any<std::plus, std::multiplies>) ||
      (number && extremum) || (std::is_integral_v<T> && any<std::logical_and, std::logical_or>) ||
      (number && std::is_integral_v<T> && any<std::bit_and, std::bit_or, std::bit_xor>);
};

}  // namespace detail
}  // namespace cohort
