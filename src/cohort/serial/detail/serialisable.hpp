#pragma once

#include <cohort/serial/traits.hpp>

#include <boost/serialization/serialization.hpp>

#include <type_traits>

/// What is said at compile time about a class that no archive can write: once, with its name.
namespace cohort::serial {

class input;

namespace detail {

/// Whether there is a serialize(archive, object, version) of the class's own beside Boost's for everything.
namespace free_function {

/// As Boost's: a call that finds no better one cannot choose between the two.
template <class Archive, class T>
void serialize(Archive&, T&, unsigned);

template <class T, class Archive = input>
concept found = requires(Archive& archive, T& object, boost::serialization::version_type version) {
  serialize(archive, object, version);
};

}  // namespace free_function

/// Whether it has a member of that name, also one that only Boost's access may call.
struct other_serialize {
  int serialize;
};
template <class T>
struct with_other_serialize : T, other_serialize {};
template <class T>
concept names_serialize = !requires {
  &with_other_serialize<T>::serialize;
};

/// It says what it consists of, which goes before what its members are.
template <class T, class Archive>
concept says_what_it_is = has_serialize_member<T, Archive> || free_function::found<T, Archive>;

/// In this order, since no class can be derived from one whose destructor is final.
template <class T>
concept has_serialize =
    !std::is_class_v<T> || std::is_final_v<T> || says_what_it_is<T, input> || names_serialize<T>;

/// True, or one error, however often the class is written and read.
template <class T>
constexpr bool can_be_sent() {
  constexpr bool known = has_serialize<T>;
  static_assert(
      known,
      "cohort: this class cannot be sent (nothing says what it consists of); give it a member template "
      "<class A> void serialize(A& archive, unsigned) { archive & a & b; }, or make it an aggregate: a struct "
      "without constructors and private members, or send what it holds");
  return known;
}

}  // namespace detail
}  // namespace cohort::serial
