#pragma once

#include <cohort/collective/detail/layout.hpp>
#include <cohort/collective/detail/transfers.hpp>
#include <cohort/core/buffer.hpp>
#include <cohort/core/datatype.hpp>

#include <cstddef>
#include <span>
#include <vector>

namespace cohort::detail {

/// One direction of an exchange of all with all: a block per rank, empty if it takes no part. `whole` is the memory
/// in which all of them lie, or null if each has its own.
template <class Element>
struct exchange_side {
  std::vector<std::span<Element>> blocks;
  Element* whole = nullptr;
};

/// One direction as MPI_Alltoallv takes it, without the blocks that go alone. If their offsets do not fit, the
/// blocks are packed in memory of its own.
template <class Element>
class exchange_layout {
  using Type = datatype<std::remove_const_t<Element>>;

 public:
  exchange_layout(const exchange_side<Element>& side, std::size_t limit)
      : side_{side}, in_place_{fits(side, limit)} {
    const auto ranks = static_cast<int>(side.blocks.size());
    numbers_.reserve(2 * side.blocks.size());
    numbers_.resize(side.blocks.size());
    auto* count = numbers_.data();
    for (const auto& block : side.blocks) {
      const bool alone = goes_alone(block.size() * Type::per_element, ranks, limit);
      const auto n = alone ? 0 : block.size();
      *count++ = static_cast<int>(n * Type::per_element);
      const auto at = n == 0 ? 0 : in_place_ ? static_cast<std::size_t>(block.data() - side.whole) : packed_;
      numbers_.push_back(static_cast<int>(at * Type::per_element));
      packed_ += n;
    }
    if (!in_place_) scratch_ = buffer<std::remove_const_t<Element>>(packed_);
  }
  [[nodiscard]] Element* memory() noexcept { return in_place_ ? side_.whole : scratch_.data(); }
  /// Copies the blocks into the packed memory, or out of it. @{
  void pack() {
    each_packed([&](std::size_t at, const auto& block) {
      copy_elements(scratch_.data() + at, block.data(), block.size());
    });
  }
  void unpack() {
    each_packed([&](std::size_t at, const auto& block) {
      copy_elements(block.data(), scratch_.data() + at, block.size());
    });
  }
  /// @}

  [[nodiscard]] const int* counts() const noexcept { return numbers_.data(); }
  [[nodiscard]] const int* offsets() const noexcept { return numbers_.data() + side_.blocks.size(); }

 private:
  static bool fits(const exchange_side<Element>& side, std::size_t limit) noexcept {
    if (side.whole == nullptr) return false;
    for (const auto& block : side.blocks) {
      if (!block.empty() &&
          static_cast<std::size_t>(block.data() + block.size() - side.whole) * Type::per_element > limit) {
        return false;
      }
    }
    return true;
  }
  template <class Use>
  void each_packed(Use&& use) {
    if (in_place_) return;
    for (std::size_t r = 0; r != side_.blocks.size(); ++r) {
      if (counts()[r] != 0) use(static_cast<std::size_t>(offsets()[r]) / Type::per_element, side_.blocks[r]);
    }
  }

  const exchange_side<Element>& side_;
  bool in_place_;
  std::size_t packed_ = 0;
  std::vector<int> numbers_;
  buffer<std::remove_const_t<Element>> scratch_;
};

/// Exchanges blocks whose lengths both ends know: one MPI_Alltoallv, and a message on the shadow communicator for
/// each block that is too long for it.
template <class Element>
void exchange_known(comm_state& state, const exchange_side<const Element>& out, const exchange_side<Element>& in,
                    const call_site& where, MPI_Comm shadow, std::size_t limit) {
  using Type = datatype<Element>;
  const auto alone = [&](std::size_t n) { return goes_alone(n * Type::per_element, state.size, limit); };
  exchange_layout<const Element> leaving{out, limit};
  exchange_layout<Element> coming{in, limit};
  transfers messages{shadow, state, where};
  for (int r = 0; r != state.size; ++r) {
    const auto block = in.blocks[static_cast<std::size_t>(r)];
    if (!alone(block.size())) continue;
    if (r == state.rank) {
      copy_elements(block.data(), out.blocks[static_cast<std::size_t>(r)].data(), block.size());
    } else {
      messages.recv(block.data(), block.size(), r);
    }
  }
  leaving.pack();
  check(MPI_Alltoallv(leaving.memory(), leaving.counts(), leaving.offsets(), Type::type(), coming.memory(),
                      coming.counts(), coming.offsets(), Type::type(), state.comm),
        "MPI_Alltoallv", state, where);
  coming.unpack();
  for (int i = 1; i < state.size; ++i) {
    const int dest = (state.rank + i) % state.size;
    const auto block = out.blocks[static_cast<std::size_t>(dest)];
    if (alone(block.size())) messages.send(block.data(), block.size(), dest);
  }
  messages.wait();
}

}  // namespace cohort::detail
