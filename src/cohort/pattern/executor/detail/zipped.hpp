#pragma once

#include <iterator>
#include <memory>
#include <ranges>
#include <tuple>
#include <type_traits>
#include <utility>

namespace cohort::detail {

/// Several ranges side by side, as a range of tuples of their elements' values; as long as the shortest. Holds
/// those that are temporaries, refers to the others. Python's zip().
template <class... Ranges>
class zipped {
 public:
  explicit zipped(Ranges&&... ranges) : ranges_{std::forward<Ranges>(ranges)...} {}

  class iterator {
   public:
    using iterator_concept = std::input_iterator_tag;
    using iterator_category = std::input_iterator_tag;
    using value_type = std::tuple<std::ranges::range_value_t<std::remove_reference_t<Ranges>>...>;
    using difference_type = std::ptrdiff_t;
    using reference = value_type;
    using pointer = void;
    using positions = std::tuple<std::ranges::iterator_t<std::remove_reference_t<Ranges>>...>;
    using ends = std::tuple<std::ranges::sentinel_t<std::remove_reference_t<Ranges>>...>;

    iterator(positions at, ends end) : at_{std::move(at)}, end_{std::move(end)} {}
    value_type operator*() const {
      return std::apply([](auto&... each) { return value_type{*each...}; }, at_);
    }
    iterator& operator++() {
      std::apply([](auto&... each) { (++each, ...); }, at_);
      return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const iterator& i, std::default_sentinel_t) {
      return i.any_at_end(std::index_sequence_for<Ranges...>{});
    }

   private:
    template <std::size_t... I>
    [[nodiscard]] bool any_at_end(std::index_sequence<I...>) const {
      return ((std::get<I>(at_) == std::get<I>(end_)) || ...);
    }
    mutable positions at_;
    ends end_;
  };

  [[nodiscard]] iterator begin() {
    return std::apply(
        [](auto&... each) {
          return iterator{{std::ranges::begin(each)...}, {std::ranges::end(each)...}};
        },
        ranges_);
  }
  [[nodiscard]] std::default_sentinel_t end() const noexcept { return {}; }

 private:
  std::tuple<Ranges...> ranges_;  // an lvalue's is a reference
};

}  // namespace cohort::detail
