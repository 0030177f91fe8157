#pragma once

#include <cohort/pattern/key_hash.hpp>
#include <cohort/pattern/travel/callable.hpp>
#include <cohort/pattern/travel/module_table.hpp>
#include <cohort/serial/pack.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <thread>
#include <type_traits>
#include <unordered_map>
#include <utility>

namespace cohort::detail {

/// Stands for void where a result travels.
struct no_answer {};
template <class T>
T tell(T&& answer) {
  return std::forward<T>(answer);
}
inline void tell(no_answer) {}

/// Says, as long as it lives, which thread is inside.
class running_here {
 public:
  explicit running_here(std::atomic<std::thread::id>& mark) noexcept : mark_{mark} {
    mark_.store(std::this_thread::get_id(), std::memory_order_relaxed);
  }
  running_here(const running_here&) = delete;
  running_here& operator=(const running_here&) = delete;
  ~running_here() { mark_.store({}, std::memory_order_relaxed); }

 private:
  std::atomic<std::thread::id>& mark_;
};

/// What can be done with an entry where it is. Each has operator()(entries, key) with what it returns, `told` as
/// the caller's function returns it, and knows how to travel: size() and write() where it is asked for, read(),
/// which calls `use` with it, where it is done.
template <class K, class V>
struct map_operations {
  using table = std::unordered_map<K, V, key_hash<K>>;

  template <class Op, class Told>
  struct without_data {
    using told = Told;
    [[nodiscard]] std::size_t size() const { return 0; }
    std::byte* write(std::byte* to, const travel::module_table&) const { return to; }
    static auto read(serial::input&, const travel::module_table&, const auto& use) {
      Op op;
      return use(op);
    }
  };
  struct getter : without_data<getter, std::optional<V>> {
    std::optional<V> operator()(const table& entries, const K& key) const {
      const auto at = entries.find(key);
      return at == entries.end() ? std::nullopt : std::optional<V>{at->second};
    }
  };
  struct finder : without_data<finder, bool> {
    bool operator()(const table& entries, const K& key) const { return entries.contains(key); }
  };
  struct eraser : without_data<eraser, bool> {
    bool operator()(table& entries, const K& key) const { return entries.erase(key) != 0; }
  };
  struct counter : without_data<counter, std::uint64_t> {
    std::uint64_t operator()(const table& entries, const K&) const { return entries.size(); }
  };

  template <class Op, class Told>
  struct with_value {
    using told = Told;
    const V& value;
    [[nodiscard]] std::size_t size() const { return serial::packed_size(value); }
    std::byte* write(std::byte* to, const travel::module_table&) const { return serial::pack_to(to, value); }
    static auto read(serial::input& in, const travel::module_table&, const auto& use) {
      V value{};
      in >> value;
      Op op{value};
      return use(op);
    }
  };
  struct setter : with_value<setter, void> {
    no_answer operator()(table& entries, const K& key) const {
      entries.insert_or_assign(key, this->value);
      return {};
    }
  };
  struct inserter : with_value<inserter, bool> {
    bool operator()(table& entries, const K& key) const { return entries.try_emplace(key, this->value).second; }
  };

  template <class F>
  struct updater {
    using told = std::decay_t<std::invoke_result_t<F&, V&>>;
    const F& change;
    [[nodiscard]] std::size_t size() const { return travel::packed_size(change); }
    std::byte* write(std::byte* to, const travel::module_table& modules) const {
      return travel::pack_to(to, change, modules);
    }
    static auto read(serial::input& in, const travel::module_table& modules, const auto& use) {
      travel::landed<F> function{in, modules};
      updater op{*function};
      return use(op);
    }
    auto operator()(table& entries, const K& key) const {
      const auto [at, is_new] = entries.try_emplace(key);
      try {
        auto& function = const_cast<F&>(change);  // as it came: nobody else has this copy, or cares
        if constexpr (std::is_void_v<told>) {
          function(at->second);
          return no_answer{};
        } else {
          return told(function(at->second));
        }
      } catch (...) {
        if (is_new) entries.erase(at);
        throw;
      }
    }
  };
};

}  // namespace cohort::detail
