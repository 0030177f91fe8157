#pragma once

#include <cohort/core/datatype.hpp>
#include <cohort/serial/pack.hpp>

#include <cstddef>
#include <functional>
#include <iterator>
#include <type_traits>
#include <utility>
#include <vector>

/// What map_reduce keeps of the values of one key: `first` makes it of the first value, `add` brings in one more,
/// `merge` what another rank has kept.
namespace cohort::detail {

/// About how many bytes an object holds besides its own.
template <class T>
[[nodiscard]] std::size_t bytes_beside(const T& object) {
  if constexpr (plain<T>) {
    return 0;
  } else {
    return serial::packed_size(object);
  }
}

/// One value, reduced as values come.
template <class Value, class Reduce>
struct fold_values {
  using stored = Value;
  Reduce reduce;

  [[nodiscard]] stored first(Value&& value) { return std::move(value); }
  void add(stored& kept, Value&& value) {
    kept = static_cast<Value>(std::invoke(reduce, std::move(kept), std::move(value)));
  }
  void merge(stored& kept, stored&& other) { add(kept, std::move(other)); }
  /// Bytes that `add` adds, at most, more or less.
  [[nodiscard]] std::size_t growth(const Value& value) const { return bytes_beside(value); }
};

/// All values.
template <class Value>
struct collect_values {
  static_assert(!std::is_same_v<Value, bool>, "cohort: a span of bool needs bools in a row; emit char instead");
  using stored = std::vector<Value>;

  [[nodiscard]] stored first(Value&& value) {
    stored values;
    values.push_back(std::move(value));
    return values;
  }
  void add(stored& kept, Value&& value) { kept.push_back(std::move(value)); }
  void merge(stored& kept, stored&& other) {
    kept.insert(kept.end(), std::move_iterator{other.begin()}, std::move_iterator{other.end()});
  }
  [[nodiscard]] std::size_t growth(const Value& value) const { return sizeof(Value) + bytes_beside(value); }
};

}  // namespace cohort::detail
