#pragma once

#include <type_traits>

namespace cohort::detail {

/// The first parameter of a callable whose signature can be told: a function, a pointer to one, a lambda or functor
/// with one operator(). void if it cannot (generic lambdas, overloads).
template <class F>
struct first_parameter {
  using type = void;
};
template <class R, class A, class... Rest>
struct first_parameter<R(A, Rest...)> {
  using type = std::remove_cvref_t<A>;
};
template <class R, class A, class... Rest>
struct first_parameter<R(A, Rest...) noexcept> : first_parameter<R(A, Rest...)> {};
template <class F>
struct first_parameter<F*> : first_parameter<F> {};
template <class C, class R, class A, class... Rest>
struct first_parameter<R (C::*)(A, Rest...)> : first_parameter<R(A, Rest...)> {};
template <class C, class R, class A, class... Rest>
struct first_parameter<R (C::*)(A, Rest...) const> : first_parameter<R(A, Rest...)> {};
template <class C, class R, class A, class... Rest>
struct first_parameter<R (C::*)(A, Rest...) noexcept> : first_parameter<R(A, Rest...)> {};
template <class C, class R, class A, class... Rest>
struct first_parameter<R (C::*)(A, Rest...) const noexcept> : first_parameter<R(A, Rest...)> {};
template <class F>
requires requires {
  &F::operator();
}
struct first_parameter<F> : first_parameter<decltype(&F::operator())> {};

}  // namespace cohort::detail
