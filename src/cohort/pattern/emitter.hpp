#pragma once

#include <cohort/pattern/detail/call_traits.hpp>

#include <utility>

namespace cohort {

/// How a map function gives its pairs: emit(key, value), any number of times, only while it runs and from its own
/// thread. A handle: copies are the same. A map that names it, as in
///
///   void count(const std::string& line, cohort::emitter<std::string, long>& emit);
///
/// tells map_reduce the types of keys and values, and need be no template.
template <class Key, class Value = void>
class emitter {
 public:
  using key_type = Key;
  using mapped_type = Value;

  /// For map_reduce: hands each pair to `take(sink, key, value)`.
  emitter(void* sink, void (*take)(void*, Key&&, Value&&)) noexcept : sink_{sink}, take_{take} {}

  void operator()(Key key, Value value) const { take_(sink_, std::move(key), std::move(value)); }

 private:
  void* sink_;
  void (*take_)(void*, Key&&, Value&&);
};

/// How a stage of a pipeline, or its source, gives items: emit(item), under the same conditions. A stage that names
/// it makes none, one or many items of one:
///
///   void split(const std::string& line, cohort::emitter<std::string>& emit);
template <class Item>
class emitter<Item, void> {
 public:
  using item_type = Item;

  /// For the pipeline: hands each item to `take(sink, item)`.
  emitter(void* sink, void (*take)(void*, Item&&)) noexcept : sink_{sink}, take_{take} {}

  void operator()(Item item) const { take_(sink_, std::move(item)); }

 private:
  void* sink_;
  void (*take_)(void*, Item&&);
};

namespace detail {
/// The emitter that a map function takes; void if it cannot be told.
template <class Map>
using emitter_of = typename second_parameter<Map>::type;
}  // namespace detail

}  // namespace cohort
