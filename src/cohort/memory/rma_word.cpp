#include <cohort/core/detail/waiting.hpp>
#include <cohort/memory/detail/rma_word.hpp>

#include <algorithm>
#include <atomic>
#include <functional>
#include <thread>

namespace cohort::detail {
namespace {

template <class Word>
window<Word> made(const communicator& comm, std::size_t n, Word initial, const call_site& where) {
  window<Word> words{comm, n, where};
  std::ranges::fill(words.local(), initial);
  return words;
}

}  // namespace

template <class Word>
rma_words<Word>::memory::memory(const communicator& comm, std::size_t n, word initial, const call_site& where)
    : words{made(comm, n, initial, where)}, epoch{words.lock_all(where)} {
  epoch.sync(where);
  const auto& group = access::state(comm, "window", where);
  detail::check(MPI_Barrier(group.comm), "MPI_Barrier", group, where);  // nobody reads before all have begun
}

template <class Word>
rma_words<Word>::rma_words(const communicator& comm, std::size_t n, word initial, const call_site& where)
    : memory_{owned<memory>::make(comm, n, initial, where)} {}

template <class Word>
Word rma_words<Word>::fetch_add(word n, remote there, const call_site& where) const {
  return memory_->epoch.fetch_and_op(n, std::plus{}, there, where);
}
template <class Word>
Word rma_words<Word>::load(remote there, const call_site& where) const {
  return memory_->epoch.fetch_and_op(0, no_op{}, there, where);
}
template <class Word>
Word rma_words<Word>::exchange(word value, remote there, const call_site& where) const {
  return memory_->epoch.fetch_and_op(value, replace{}, there, where);
}
template <class Word>
Word rma_words<Word>::compare_and_swap(word expected, word desired, remote there, const call_site& where) const
    requires(sizeof(Word) <= 4) {
  if constexpr (sizeof(Word) <= 4) {
    return memory_->epoch.compare_and_swap(expected, desired, there, where);
  } else {
    return expected;  // never called: clang 14 instantiates members whose constraint is not met
  }
}

template <class Word>
Word rma_words<Word>::wait_while(std::size_t own, word value, const call_site& where) const {
  const std::atomic_ref word_here{memory_->words.local()[own]};
  const wait_scope busy{where, "lock"};
  for (;;) {
    memory_->epoch.sync(where);
    if (const word now = word_here.load(std::memory_order_acquire); now != value) return now;
    // MPI_Win_sync of shared memory is a fence and no more. What a rank of another node does to this word comes in
    // only while MPI makes progress.
    int flag = 0;
    MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_SELF, &flag, MPI_STATUS_IGNORE);
    std::this_thread::yield();
  }
}

template class rma_words<std::int32_t>;
template class rma_words<std::int64_t>;

}  // namespace cohort::detail
