#pragma once

#include <cohort/core/buffer.hpp>
#include <cohort/core/call_site.hpp>
#include <cohort/core/communicator.hpp>
#include <cohort/core/error.hpp>
#include <cohort/pattern/detail/map_operations.hpp>
#include <cohort/pattern/detail/map_service.hpp>
#include <cohort/pattern/key_hash.hpp>
#include <cohort/pattern/rank_error.hpp>
#include <cohort/pattern/travel/callable.hpp>
#include <cohort/serial/pack.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

namespace cohort {

/// A map that all ranks use as if each had it: what a dict of Python's multiprocessing.Manager is, but spread over
/// the ranks by the hash of the key, and without one process that all wait for.
///
///   cohort::shared_map<std::string, int> count{world};        // collective
///   count.update(word, [](int& n) { ++n; });                  // at once for all ranks
///   if (auto n = count.get("cohort")) ...
///
/// Every operation is done by the rank that has the key, completely or not at all, one after the other: what a rank
/// has written, any rank reads from then on. Keys and values are any types that can be sent; keys need operator==
/// and a key_hash.
///
/// A thread on each rank answers the others, so no rank needs to do anything for them. For that the environment
/// must have thread_level::multiple, unless there is one rank. An idle map costs well under 2 % of a core per rank.
///
/// Cost: an operation on a key of this rank is a lock and a look into an std::unordered_map; on that of another, a
/// message there and one back. Operations may be called in any thread. Made and destroyed on all ranks together.
template <class K, class V>
class shared_map {
 public:
  /// Collective over `comm`. Throws argument_error, on every rank, without thread_level::multiple.
  explicit shared_map(const communicator& comm, call_site where = call_site::current())
      : body_{std::make_unique<body>(comm, where)} {}
  shared_map(shared_map&&) noexcept = default;
  shared_map& operator=(shared_map&&) = delete;
  /// Collective: blocks until all ranks have come here; others are answered meanwhile. While an exception unwinds
  /// the stack it waits for a second at most; then the entries stay until all others have come too.
  ~shared_map() {
    if (!body_) return;
    const bool unwinding = std::uncaught_exceptions() > body_->exceptions;
    using patience = std::optional<std::chrono::nanoseconds>;
    if (!body_->service.stop(unwinding ? patience{std::chrono::seconds{1}} : patience{})) {
      static_cast<void>(body_.release());  // NOLINT(bugprone-unused-return-value)
    }
  }

  /// Sets the value of `key`, new or not.
  void put(const K& key, const V& value, call_site where = call_site::current()) {
    at_owner(key, setter{value}, where);
  }
  /// Adds an entry; false, and nothing changes, if there is one.
  bool insert(const K& key, const V& value, call_site where = call_site::current()) {
    return at_owner(key, inserter{value}, where);
  }
  /// A copy of the value, if there is one.
  [[nodiscard]] std::optional<V> get(const K& key, call_site where = call_site::current()) {
    return at_owner(key, getter{}, where);
  }
  [[nodiscard]] bool contains(const K& key, call_site where = call_site::current()) {
    return at_owner(key, finder{}, where);
  }
  /// Whether there was an entry.
  bool erase(const K& key, call_site where = call_site::current()) { return at_owner(key, eraser{}, where); }

  /// Calls `change(value)` where the entry is, with a reference to its value (a new V{} if there was none), while
  /// nobody else sees the map there; returns what that returns. It travels as tasks of an executor do: a function,
  /// a lambda without captures or with plain values, a class with serialize(), or a closure(...). It must not use
  /// the map. If it throws, rank_error tells of it here, on this rank; the value stays as the function left it, and
  /// no entry is added.
  template <class F>
  auto update(const K& key, const F& change, call_site where = call_site::current()) {
    static_assert(
        travel::travelling<F>,
        "cohort: this function cannot travel to the rank that has the key; capture plain values only, or use "
        "closure(function, values...)");
    static_assert(std::is_invocable_v<F&, V&>, "cohort: update calls its function with a reference to the value");
    travel::check_travels(change, body_->service.modules());  // wherever the key is
    return at_owner(key, updater<F>{change}, where);
  }

  /// Entries on all ranks; others may change them meanwhile. Two messages per rank.
  [[nodiscard]] std::uint64_t size(call_site where = call_site::current()) {
    std::uint64_t sum = 0;
    for (int rank = 0; rank != body_->comm().size(); ++rank) sum += on(rank, K{}, counter{}, where);
    return sum;
  }
  /// The rank that has `key`.
  [[nodiscard]] int owner(const K& key) const {
    return static_cast<int>(key_hash<K>{}(key) % static_cast<std::uint64_t>(body_->comm().size()));
  }
  /// Copies of the entries of this rank, in no order. No messages.
  [[nodiscard]] std::vector<std::pair<K, V>> local_items() const {
    const auto lock = body_->lock();
    return {body_->entries.begin(), body_->entries.end()};
  }

 private:
  using ops = detail::map_operations<K, V>;
  using table = typename ops::table;
  using getter = typename ops::getter;
  using finder = typename ops::finder;
  using eraser = typename ops::eraser;
  using counter = typename ops::counter;
  using setter = typename ops::setter;
  using inserter = typename ops::inserter;
  template <class F>
  using updater = typename ops::template updater<F>;

  /// What stays where it is when the map moves.
  struct body {
    body(const communicator& comm, const call_site& where)
        : service{comm, [this](std::span<const std::byte> question) { return answer(question); }, where} {}

    [[nodiscard]] const communicator& comm() const noexcept { return service.comm(); }
    /// Throws argument_error in a function of an update.
    void refuse_inside() const {
      if (inside.load(std::memory_order_relaxed) == std::this_thread::get_id()) {
        throw argument_error{
            "shared_map: a function of an update uses the map (it would wait for itself); use the value it is "
            "given"};
      }
    }
    [[nodiscard]] std::unique_lock<std::mutex> lock() {
      refuse_inside();
      return std::unique_lock{mutex};
    }
    template <class Op>
    auto run(const K& key, Op& op) {
      const std::lock_guard held{mutex};
      const cohort::detail::running_here mark{inside};
      return op(entries, key);
    }
    [[nodiscard]] buffer<std::byte> answer(std::span<const std::byte> question) {
      serial::input in{question};
      travel::function_key which;
      std::memcpy(&which, in.take(sizeof which).data(), sizeof which);
      return reinterpret_cast<answerer>(const_cast<void*>(service.modules().address(which)))(*this, in);
    }

    int exceptions = std::uncaught_exceptions();
    std::mutex mutex;
    std::atomic<std::thread::id> inside{};  ///< the thread that runs an operation
    table entries;                          ///< under mutex
    detail::map_service service;            ///< last: ends first
  };
  using answerer = buffer<std::byte> (*)(body&, serial::input&);

  template <class Op>
  static buffer<std::byte> answer(body& here, serial::input& in) {
    K key{};
    in >> key;
    return Op::read(in, here.service.modules(), [&](auto& op) { return serial::pack(here.run(key, op)); });
  }

  template <class Op>
  auto at_owner(const K& key, Op op, const call_site& where) {
    return on(owner(key), key, op, where);
  }
  template <class Op>
  auto on(int rank, const K& key, Op op, const call_site& where) -> typename Op::told {
    using result = decltype(body_->run(key, op));
    body_->refuse_inside();
    if (rank == body_->comm().rank()) return detail::tell(run_here(key, op));
    const auto& modules = body_->service.modules();
    const auto which = modules.key(reinterpret_cast<const void*>(&answer<Op>));
    buffer<std::byte> question(sizeof which + serial::packed_size(key) + op.size());
    std::memcpy(question.data(), &which, sizeof which);
    op.write(serial::pack_to(question.data() + sizeof which, key), modules);
    const auto answer = body_->service.ask(rank, question, where);
    return detail::tell(serial::unpack<result>({answer.data(), answer.size()}));
  }
  template <class Op>
  auto run_here(const K& key, Op& op) {
    try {
      return body_->run(key, op);
    } catch (...) {
      throw rank_error{detail::describe_update_failure(body_->comm())};
    }
  }

  std::unique_ptr<body> body_;
};

}  // namespace cohort
