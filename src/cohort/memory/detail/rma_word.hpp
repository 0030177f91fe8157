#pragma once

#include <cohort/core/call_site.hpp>
#include <cohort/core/communicator.hpp>
#include <cohort/core/detail/owned.hpp>
#include <cohort/memory/window.hpp>

#include <cstdint>

namespace cohort::detail {

/// Some words on every rank that all update atomically, in one epoch of all ranks' locks for their whole life. For
/// std::int64_t, without compare_and_swap (see rma_operations), and std::int32_t.
template <class Word>
class rma_words {
 public:
  using word = Word;

  /// Collective. Every word begins as `initial`.
  rma_words(const communicator& comm, std::size_t n, word initial, const call_site& where);

  /// Each completes before it returns: one call and a flush. @{
  word fetch_add(word n, remote there, const call_site& where) const;
  word load(remote there, const call_site& where) const;
  word exchange(word value, remote there, const call_site& where) const;
  word compare_and_swap(word expected, word desired, remote there, const call_site& where) const
      requires(sizeof(Word) <= 4);
  /// @}
  /// Waits until this rank's own word is not `value`, without messages: looks at the memory, lets MPI make
  /// progress, and gives the processor to others.
  word wait_while(std::size_t own, word value, const call_site& where) const;

  [[nodiscard]] int rank() const noexcept { return memory_->words.rank(); }

 private:
  struct memory {
    memory(const communicator& comm, std::size_t n, word initial, const call_site& where);
    window<word> words;
    lock_all_epoch<word> epoch;
  };
  owned<memory> memory_;
};

extern template class rma_words<std::int32_t>;
extern template class rma_words<std::int64_t>;

}  // namespace cohort::detail
