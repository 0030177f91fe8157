#pragma once

#include <cohort/pattern/detail/data_home.hpp>
#include <cohort/pattern/executor/detail/data/data_note.hpp>

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>

namespace cohort::detail {

/// Shared data on a rank that is not the root: asks for them when they are first looked for. The thread that looks
/// waits, so another must hear what the root says.
class data_rank final : public data_home {
 public:
  /// Says a note to the root; any thread. Throws error if the root has no ear any more.
  using sayer = std::function<void(const data_note&, std::span<const std::byte>)>;
  explicit data_rank(sayer say) : say_{std::move(say)} {}

  [[nodiscard]] found_block find(data_name what) override;
  /// The root says something.
  void hear(std::span<const std::byte> text);
  /// Nothing comes from the root any more: who waits need not.
  void close();

 private:
  struct array {
    enum class phase { asked, to_fetch, fetching, told, opening, here, lost, ended };
    phase is = phase::asked;
    node_block block;
    block_place place;
    std::uint64_t asked_for = 0;  ///< bytes; those behind are still to be asked for
    std::uint64_t come = 0;
    std::string fault;
  };
  void say(data_note::kind what, std::uint64_t number, std::uint64_t offset = 0, const block_place& place = {},
           std::span<const std::byte> text = {}) const;
  void make_room(std::unique_lock<std::mutex>& lock, array& of, std::uint64_t number);
  void open(std::unique_lock<std::mutex>& lock, array& of, std::uint64_t number);
  void ask_for_next(array& of, std::uint64_t number) const;
  void complete(array& of, std::uint64_t number);
  void take_piece(array& of, const data_note& head, std::span<const std::byte> piece);

  const sayer say_;
  std::mutex mutex_;
  std::condition_variable news_;
  std::map<std::uint64_t, std::shared_ptr<array>> arrays_;
  bool closed_ = false;
};

}  // namespace cohort::detail
