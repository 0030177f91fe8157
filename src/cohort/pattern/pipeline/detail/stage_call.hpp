#pragma once

#include <cohort/pattern/detail/call_traits.hpp>
#include <cohort/pattern/emitter.hpp>
#include <cohort/pattern/pipeline/feedback.hpp>

#include <cstddef>
#include <optional>
#include <type_traits>
#include <utility>

/// What a stage's function makes of an item, found from its type.
namespace cohort::detail {

template <class T>
struct emitted_item {
  using type = void;
};
template <class T>
struct emitted_item<emitter<T, void>> {
  using type = T;
};
template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

/// The item that a function's second parameter emits; void if it has no such parameter.
template <class F>
using second_emits = typename emitted_item<typename second_parameter<F>::type>::type;
template <class F>
using first_emits = typename emitted_item<typename first_parameter<F>::type>::type;

template <class F, class Item, class Out>
inline constexpr bool emits_from =
    std::is_invocable_v<F&, Item&&, emitter<Out>&> || std::is_invocable_v<F&, Item&, emitter<Out>&>;
template <class F, class Item>
inline constexpr bool emits_from<F, Item, void> = false;

/// The item that a function's third parameter gives back; void if it has no such parameter.
template <class T>
struct fed_back_item {
  using type = void;
};
template <class T>
struct fed_back_item<feedback<T>> {
  using type = T;
};
template <class F>
using third_feeds = typename fed_back_item<typename parameter<F, 2>::type>::type;
template <class F, class Item, class Out, class Back>
inline constexpr bool feeds_with = std::is_invocable_v<F&, Item&&, emitter<Out>&, feedback<Back>&> ||
                                   std::is_invocable_v<F&, Item&, emitter<Out>&, feedback<Back>&>;
template <class F, class Item, class Back>
inline constexpr bool feeds_with<F, Item, void, Back> = false;
/// Whether it is a stage that gives items back, of type Back: that of its loop's first stage.
template <class F, class Item, class Back = Item>
inline constexpr bool feeds_back =
    std::is_same_v<third_feeds<F>, Back>&& feeds_with<F, Item, second_emits<F>, Back>;

/// The item that a function's finish() emits; void if it has no such member.
template <class F>
struct finishing {
  using type = void;
};
template <class F>
requires requires {
  &F::finish;
}
struct finishing<F> {
  using type = typename emitted_item<typename parameter<decltype(&F::finish), 0>::type>::type;
};
template <class F>
using finish_emits = typename finishing<F>::type;
template <class F>
inline constexpr bool finishes = !std::is_void_v<finish_emits<F>>;
/// The same where it may be a template, of a stage that makes items of type Out.
template <class F, class Out>
inline constexpr bool finishes_with = false;
template <class F, class Out>
requires(!std::is_void_v<Out> && requires(F & function, emitter<Out>& emit) {
  function.finish(emit);
}) inline constexpr bool finishes_with<F, Out> = true;

template <class F, class Item>
inline constexpr bool takes_item = std::is_invocable_v<F&, Item&&> || std::is_invocable_v<F&, Item&>;
/// Item, or item and emitter, or these and feedback.
template <class F, class Item, class Back = Item>
inline constexpr bool takes =
    takes_item<F, Item> || emits_from<F, Item, second_emits<F>> || feeds_back<F, Item, Back>;

/// Calls it with an item that nobody else needs: by rvalue, unless it wants to change it in place.
template <class F, class Item, class... More>
decltype(auto) call_stage(F& function, Item& item, More&... more) {
  if constexpr (std::is_invocable_v<F&, Item&&, More&...>) {
    return function(std::move(item), more...);
  } else {
    return function(item, more...);
  }
}

/// The type of the items a stage makes of an Item; void if it makes none ever.
template <class F, class Item, class Back = Item>
struct stage_result {
  static auto probe() {
    if constexpr (emits_from<F, Item, second_emits<F>> || feeds_back<F, Item, Back>) {
      return std::type_identity<second_emits<F>>{};
    } else {
      using Result = std::remove_cvref_t<decltype(call_stage(std::declval<F&>(), std::declval<Item&>()))>;
      if constexpr (is_optional<Result>) {
        return std::type_identity<typename Result::value_type>{};
      } else if constexpr (std::is_void_v<Result>) {
        return std::type_identity<finish_emits<F>>{};  // all at the end
      } else {
        return std::type_identity<Result>{};
      }
    }
  }
  using type = typename decltype(probe())::type;
};

/// Instantiated with what is wrong, so that the compiler's message names the stage: its number in the pipeline (the
/// source is 0), what the stage before gives, and the function.
template <std::size_t Number, class Given, class Function>
struct stage_number {
  static constexpr bool takes_what_comes_before() {
    static_assert(
        takes<Function, Given>,
        "cohort: this stage of the pipeline (see stage_number<N, GIVEN, FUNCTION>) does not take what "
        "the stage before "
        "it gives; take it, by value or const reference, and nothing else but a "
        "cohort::emitter<Result>&, and after it perhaps a cohort::feedback<Item>&, Item being what it takes (to "
        "give items back to an earlier stage, put the stages from there to here into a cohort::loop)");
    return takes<Function, Given>;
  }
};

/// The same for a stage of a loop, whose first stage takes a First.
template <std::size_t Number, class Given, class Function, class First>
struct loop_stage_number {
  static constexpr bool takes_what_comes_before() {
    static_assert(takes<Function, Given, First>,
                  "cohort: this stage of the loop (see loop_stage_number<N, GIVEN, FUNCTION, FIRST>) does not take "
                  "what the stage before it gives; take it, by value or const reference, and nothing else but a "
                  "cohort::emitter<Result>&, and after it perhaps a cohort::feedback<Item>&, Item being what the "
                  "loop's first stage takes");
    return takes<Function, Given, First>;
  }
};

}  // namespace cohort::detail
