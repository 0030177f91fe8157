#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace cohort::dispatch::detail {

/// No element, no task, no worker: in whatever names these by a number.
inline constexpr std::uint32_t nowhere = 0xffffffffU;

/// Many doubly linked lists over the same elements 0, 1, ...; an element is in one list at most. All O(1).
class list_set {
 public:
  static constexpr std::uint32_t none = nowhere;

  explicit list_set(std::uint32_t lists = 0) : heads_(lists) {}

  /// Makes room for these lists and elements. @{
  void reach_list(std::uint32_t list) {
    if (list >= heads_.size()) heads_.resize(list + std::size_t{1});
  }
  void reach_element(std::uint32_t element) {
    if (element >= nodes_.size()) nodes_.resize(element + std::size_t{1});
  }
  /// @}

  [[nodiscard]] std::size_t elements() const { return nodes_.size(); }
  [[nodiscard]] std::uint32_t front(std::uint32_t list) const { return heads_[list].first; }
  [[nodiscard]] bool empty(std::uint32_t list) const { return heads_[list].first == none; }
  [[nodiscard]] std::uint32_t back(std::uint32_t list) const { return heads_[list].last; }
  [[nodiscard]] std::uint32_t next(std::uint32_t element) const { return nodes_[element].next; }
  [[nodiscard]] std::uint32_t previous(std::uint32_t element) const { return nodes_[element].prev; }
  [[nodiscard]] std::uint32_t list_of(std::uint32_t element) const { return nodes_[element].list; }

  void push_back(std::uint32_t list, std::uint32_t element) {
    head& h = heads_[list];
    nodes_[element] = {h.last, none, list};
    (h.last == none ? h.first : nodes_[h.last].next) = element;
    h.last = element;
  }

  /// Takes it out of its list, if it is in one.
  void erase(std::uint32_t element) {
    node& n = nodes_[element];
    if (n.list == none) return;
    head& h = heads_[n.list];
    (n.prev == none ? h.first : nodes_[n.prev].next) = n.next;
    (n.next == none ? h.last : nodes_[n.next].prev) = n.prev;
    n = {};
  }

 private:
  struct node {
    std::uint32_t prev = none, next = none, list = none;
  };
  struct head {
    std::uint32_t first = none, last = none;
  };
  std::vector<head> heads_;
  std::vector<node> nodes_;
};

}  // namespace cohort::dispatch::detail
