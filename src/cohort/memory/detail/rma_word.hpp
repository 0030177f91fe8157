#pragma once

#include <cohort/core/call_site.hpp>
#include <cohort/core/communicator.hpp>
#include <cohort/memory/window.hpp>

#include <cstdint>
#include <memory>

namespace cohort::detail {

/// Some 64-bit words on every rank that all update atomically, in one epoch of all ranks' locks for their whole
/// life.
class rma_words {
 public:
  using word = std::int64_t;

  /// Collective. Every word begins as `initial`.
  rma_words(const communicator& comm, std::size_t n, word initial, const call_site& where);

  /// Each completes before it returns: one call and a flush. @{
  word fetch_add(word n, remote there, const call_site& where) const;
  word load(remote there, const call_site& where) const;
  word exchange(word value, remote there, const call_site& where) const;
  word compare_and_swap(word expected, word desired, remote there, const call_site& where) const;
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
  std::unique_ptr<memory> memory_;
};

}  // namespace cohort::detail
