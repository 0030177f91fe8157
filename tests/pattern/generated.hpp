#pragma once

#include <cstddef>
#include <iterator>
#include <utility>

namespace cohort::test {

/// An input range of make(0), ..., make(n - 1), each made at the moment when it is taken. Single pass.
template <class Make>
class generated {
 public:
  generated(int n, Make make) : n_{n}, make_{make} {}

  class iterator {
   public:
    using iterator_concept = std::input_iterator_tag;
    using value_type = decltype(std::declval<const Make&>()(0));
    using difference_type = std::ptrdiff_t;

    iterator() = default;
    iterator(const generated* from, int at) : from_{from}, at_{at} {}
    value_type operator*() const { return from_->make_(at_); }
    iterator& operator++() {
      ++at_;
      return *this;
    }
    void operator++(int) { ++at_; }
    bool operator==(std::default_sentinel_t) const { return at_ == from_->n_; }

   private:
    const generated* from_ = nullptr;
    int at_ = 0;
  };
  [[nodiscard]] iterator begin() const { return {this, 0}; }
  [[nodiscard]] std::default_sentinel_t end() const { return {}; }

 private:
  int n_;
  Make make_;
};

}  // namespace cohort::test
