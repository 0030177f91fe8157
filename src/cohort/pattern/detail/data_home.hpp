#pragma once

#include <cohort/memory/detail/node_block.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace cohort::detail {

/// Names shared data on every rank: who shared them, and which of theirs.
struct data_name {
  std::uint64_t run = 0;  ///< random; 0: nobody
  std::uint64_t number = 0;
  friend bool operator==(data_name, data_name) = default;
};

/// What a home knows of shared data: where this process sees them, and where others of the node find them.
struct found_block {
  const std::byte* data = nullptr;
  block_place place;
};

/// Where a rank finds shared data.
class data_home {
 public:
  data_home() = default;
  data_home(const data_home&) = delete;
  data_home& operator=(const data_home&) = delete;
  virtual ~data_home() = default;

  /// The memory of this node; if it is not there, blocks until it is. Stays until it is retired and the home quiet.
  /// Throws error if it cannot be had, argument_error if it is shared no longer. Any thread.
  virtual found_block find(data_name what) = 0;

  /// No task runs here: memory that was retired while some did can go.
  void quiet() noexcept;
  /// Whether quiet() has anything to do. Cheap.
  [[nodiscard]] bool may_be_quiet() const noexcept { return any_retired_.load(std::memory_order_relaxed); }

 protected:
  [[nodiscard]] static found_block seen(const node_block& block) noexcept { return {block.data(), block.place()}; }
  /// Not to be found any more; kept for those that read it now.
  void retire(node_block&& block);

 private:
  std::mutex retired_mutex_;
  std::atomic<bool> any_retired_{false};
  std::vector<node_block> retired_;
};

/// As long as this object lives, find_data() looks for data of `run` in that home; of all runs that no other home
/// has, if it is 0.
class enrolled {
 public:
  enrolled() noexcept = default;
  enrolled(std::uint64_t run, std::shared_ptr<data_home> home);
  enrolled(enrolled&& other) noexcept : run_{other.run_}, in_{std::exchange(other.in_, false)} {}
  enrolled& operator=(enrolled&& other) noexcept {
    std::swap(run_, other.run_);
    std::swap(in_, other.in_);
    return *this;
  }
  ~enrolled();

 private:
  std::uint64_t run_ = 0;
  bool in_ = false;
};

/// Of n elements. Throws error for more than there can be.
[[nodiscard]] std::size_t shared_bytes(std::size_t n, std::size_t each);

/// A name for what one caller shares. Not 0.
[[nodiscard]] std::uint64_t new_run();

/// The data's bytes in this process, wherever it is called; see data_home::find. The second time in a thread it
/// costs some nanoseconds.
[[nodiscard]] const std::byte* find_data(data_name what);

/// The same for another process of the node, from the home.
[[nodiscard]] block_place find_place(data_name what);

/// To be called when data have been retired: forgets what threads have found.
void forget_found() noexcept;

[[noreturn]] void throw_not_shared(data_name what);

}  // namespace cohort::detail
