#pragma once

#include <cstddef>
#include <tuple>
#include <type_traits>

namespace cohort::detail {

/// The parameters, without references and const, of a callable whose signature can be told: a function, a pointer
/// to one, a lambda or functor with one operator(). None if it cannot (generic lambdas, overloads).
template <class F>
struct parameters {
  using type = std::tuple<>;
};
template <class R, class... As>
struct parameters<R(As...)> {
  using type = std::tuple<std::remove_cvref_t<As>...>;
};
template <class R, class... As>
struct parameters<R(As...) noexcept> : parameters<R(As...)> {};
template <class F>
struct parameters<F*> : parameters<F> {};
template <class C, class R, class... As>
struct parameters<R (C::*)(As...)> : parameters<R(As...)> {};
template <class C, class R, class... As>
struct parameters<R (C::*)(As...) const> : parameters<R(As...)> {};
template <class C, class R, class... As>
struct parameters<R (C::*)(As...) noexcept> : parameters<R(As...)> {};
template <class C, class R, class... As>
struct parameters<R (C::*)(As...) const noexcept> : parameters<R(As...)> {};
template <class F>
requires requires {
  &F::operator();
}
struct parameters<F> : parameters<decltype(&F::operator())> {};

/// One of them; void if there is none.
template <class F, std::size_t I, class = void>
struct parameter {
  using type = void;
};
template <class F, std::size_t I>
struct parameter<F, I, std::enable_if_t<(I < std::tuple_size_v<typename parameters<F>::type>)>> {
  using type = std::tuple_element_t<I, typename parameters<F>::type>;
};
template <class F>
using first_parameter = parameter<F, 0>;
template <class F>
using second_parameter = parameter<F, 1>;

}  // namespace cohort::detail
