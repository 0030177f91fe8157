#pragma once

#include <cohort/collective/alltoallv.hpp>
#include <cohort/core/buffer.hpp>
#include <cohort/core/communicator.hpp>
#include <cohort/pattern/detail/combine.hpp>
#include <cohort/pattern/detail/key_table.hpp>
#include <cohort/pattern/detail/round_agreement.hpp>
#include <cohort/pattern/emitter.hpp>
#include <cohort/pattern/map_reduce_options.hpp>
#include <cohort/serial/pack.hpp>

#include <algorithm>
#include <climits>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <ranges>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace cohort::detail {

[[noreturn]] void throw_no_partition(int owner, int ranks);
/// Throws error if `bytes` from one rank to another are more than a round carries.
void check_parcel(std::size_t bytes, std::size_t most);

/// Pairs on their way from the ranks that emit them to those that own their keys. Each rank has a table per owner;
/// its own is its part of the result, the others are sent when one of them is full on any rank. That a table for
/// one owner holds at most memory / size() bytes bounds both what leaves a rank in one round and what comes to it,
/// however unevenly the keys are spread.
template <class Key, class Value, class Hash, class Combine>
class key_exchange {
 public:
  using stored = typename Combine::stored;
  using table = key_table<Key, stored>;
  using entry = typename table::entry;

  key_exchange(const communicator& comm, const char* routine, Combine combine,
               map_reduce_options<Key, Hash> options, call_site where)
      : comm_{comm},
        combine_{std::move(combine)},
        options_{std::move(options)},
        where_{where},
        rounds_{comm, routine, where},
        me_{static_cast<std::size_t>(comm.rank())},
        tables_(static_cast<std::size_t>(comm.size())),
        bytes_(tables_.size()),
        most_{static_cast<std::size_t>(INT_MAX) / tables_.size()},
        limit_{std::min(options_.memory / tables_.size(), most_ / 2)} {}
  key_exchange(const key_exchange&) = delete;
  key_exchange& operator=(const key_exchange&) = delete;

  /// Maps this rank's inputs, and takes part in rounds until all ranks are through. Collective.
  template <class Inputs, class Map>
  void map_all(Inputs&& inputs, Map& map) {
    emitter<Key, Value> emit{this, [](void* self, Key&& key, Value&& value) {
                               static_cast<key_exchange*>(self)->emit(std::move(key), std::move(value));
                             }};
    try {
      for (auto&& input : inputs) {
        std::invoke(map, std::forward<decltype(input)>(input), emit);
        rounds_.go_on();
        ++input_;
      }
    } catch (...) {
      rounds_.fail("map of input " + std::to_string(input_));
    }
    while (round()) {
    }
  }

  /// This rank's keys and what is kept of their values; `finish(entries)` works on them before they are returned.
  /// Throws rank_error on every rank if it throws on one. Collective: one MPI_Allreduce.
  template <class Finish>
  [[nodiscard]] auto finish(const char* during, const Finish& finish) {
    std::invoke_result_t<const Finish&, std::vector<entry>&&> result;
    try {
      result = finish(tables_[me_].release());
    } catch (...) {
      rounds_.fail(during);
    }
    (void)rounds_.any(false);
    return result;
  }
  /// The same without any work on them, and without communication.
  [[nodiscard]] std::vector<entry> finish() noexcept { return tables_[me_].release(); }

 private:
  /// Pairs that MPI can take as they lie in the table.
  static constexpr bool raw = plain<entry>;
  static_assert(std::is_default_constructible_v<Key> && std::is_default_constructible_v<Value>,
                "cohort: keys and values need a default constructor, to be received into");

  void emit(Key&& key, Value&& value) {
    rounds_.go_on();
    std::size_t owner = 0;
    try {
      owner = keep(std::move(key), std::move(value));
    } catch (...) {
      rounds_.fail("reduction of a pair from input " + std::to_string(input_));
      throw;
    }
    if (bytes_[owner] > limit_) [[unlikely]]
      full(owner);
  }
  /// Puts a pair into its owner's table; returns the owner.
  std::size_t keep(Key&& key, Value&& value) {
    const auto hash = mix(static_cast<std::uint64_t>(std::invoke(options_.hash, std::as_const(key))));
    const auto owner = owner_of(key, hash);
    auto& pairs = tables_[owner];
    if (auto* kept = pairs.find(key, hash)) {
      if (owner != me_) bytes_[owner] += combine_.growth(value);
      combine_.add(*kept, std::move(value));
    } else {
      auto made = combine_.first(std::move(value));
      if (owner != me_) bytes_[owner] += entry_bytes(key, made);
      pairs.insert(std::move(key), std::move(made), hash);
    }
    return owner;
  }

  [[nodiscard]] std::size_t owner_of(const Key& key, std::uint64_t hash) const {
    if (tables_.size() == 1 && !options_.partition) return 0;
    if (!options_.partition) {
      // The upper half of the hash, scaled: D. Lemire, "Fast random integer generation in an interval", ACM TOMACS
      // 29 (2019). The lower half finds the place in the table.
      return static_cast<std::size_t>(((hash >> 32) * tables_.size()) >> 32);
    }
    const int owner = options_.partition(key, comm_.size());
    if (owner < 0 || owner >= comm_.size()) [[unlikely]]
      throw_no_partition(owner, comm_.size());
    return static_cast<std::size_t>(owner);
  }

  [[nodiscard]] static std::size_t entry_bytes(const Key& key, const stored& kept) {
    return table::entry_bytes() + bytes_beside(key) + bytes_beside(kept);
  }

  /// What is counted as values come is too much where they shrink when they are reduced: counts anew, and has a
  /// round only if that does not give much room. So each byte that comes is counted twice at most.
  void full(std::size_t owner) {
    if constexpr (!raw) {
      bytes_[owner] = 0;
      for (const auto& [key, kept] : tables_[owner].entries()) bytes_[owner] += entry_bytes(key, kept);
      if (bytes_[owner] <= limit_ / 2) return;
    }
    (void)round();
    rounds_.go_on();
  }

  /// Sends each owner its pairs and takes in those of this rank, if any rank has pairs to send. Collective.
  bool round() {
    bool more = false;
    buffer<std::byte> packed;
    std::vector<std::size_t> counts(tables_.size());
    try {
      for (std::size_t r = 0; r != tables_.size(); ++r) {
        if (r == me_ || tables_[r].empty() || rounds_.failed()) continue;
        more = true;
        counts[r] = raw ? tables_[r].size() * sizeof(entry) : serial::packed_size(tables_[r].entries());
        check_parcel(counts[r], most_);
      }
      if constexpr (!raw) packed = pack(counts);
    } catch (...) {
      rounds_.fail("packing of its pairs");
    }
    if (!rounds_.any(more)) return false;
    if constexpr (raw) {
      exchange_raw();
    } else {
      exchange_packed(packed, counts);
    }
    return true;
  }

  [[nodiscard]] buffer<std::byte> pack(const std::vector<std::size_t>& counts) const {
    buffer<std::byte> packed(counts_view{counts}.total());
    std::byte* at = packed.data();
    for (std::size_t r = 0; r != tables_.size(); ++r) {
      if (counts[r] != 0) at = serial::pack_to(at, tables_[r].entries());
    }
    return packed;
  }

  void exchange_raw() {
    std::vector<std::span<const entry>> rows(tables_.size());
    for (std::size_t r = 0; r != tables_.size(); ++r) {
      if (r != me_) rows[r] = tables_[r].entries();
    }
    auto came = comm_.alltoallv(rows, where_);
    forget_sent();
    take([&] {
      for (auto& [key, kept] : came.values) merge(std::move(key), std::move(kept));
    });
  }

  void exchange_packed(buffer<std::byte>& packed, const std::vector<std::size_t>& counts) {
    forget_sent();
    const auto came = comm_.alltoallv(packed, counts, where_);
    packed = {};
    take([&] {
      const std::byte* at = came.values.data();
      for (const auto bytes : came.counts) {
        unpack({at, bytes});
        at += bytes;
      }
    });
  }
  /// One entry after the other, not all of them at once.
  void unpack(std::span<const std::byte> bytes) {
    if (bytes.empty()) return;
    serial::input in{bytes};
    for (auto n = in.length(); n != 0; --n) {
      entry one;
      in >> one;
      merge(std::move(one.first), std::move(one.second));
    }
  }

  void forget_sent() {
    for (std::size_t r = 0; r != tables_.size(); ++r) {
      if (r != me_) tables_[r].clear();
    }
    std::fill(bytes_.begin(), bytes_.end(), std::size_t{0});
  }

  template <class Work>
  void take(const Work& work) {
    try {
      work();
    } catch (...) {
      rounds_.fail("reduction of what came");
    }
  }
  void merge(Key&& key, stored&& kept) {
    const auto hash = mix(static_cast<std::uint64_t>(std::invoke(options_.hash, std::as_const(key))));
    if (auto* mine = tables_[me_].find(key, hash)) {
      combine_.merge(*mine, std::move(kept));
    } else {
      tables_[me_].insert(std::move(key), std::move(kept), hash);
    }
  }

  communicator comm_;
  Combine combine_;
  map_reduce_options<Key, Hash> options_;
  call_site where_;
  round_agreement rounds_;
  std::size_t input_ = 0;  ///< the number of the one that is mapped
  std::size_t me_;
  std::vector<table> tables_;       ///< per owner
  std::vector<std::size_t> bytes_;  ///< in each of them, about; not counted for this rank's own
  std::size_t most_;                ///< bytes from one rank to another in a round
  std::size_t limit_;               ///< bytes of a table at which it is full
};

}  // namespace cohort::detail
