#pragma once

#include <cohort/async/channel_options.hpp>
#include <cohort/async/detail/channel_inbox.hpp>
#include <cohort/async/detail/channel_inlet.hpp>
#include <cohort/async/detail/channel_window.hpp>
#include <cohort/core/buffer.hpp>
#include <cohort/core/call_site.hpp>
#include <cohort/core/communicator.hpp>
#include <cohort/core/detail/backoff.hpp>
#include <cohort/core/detail/departures.hpp>
#include <cohort/core/request.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace cohort::detail {

class channel_desk;

/// One rank's end of a channel, whose items are bytes.
///
/// A producer sends an item straight to a consumer that has given it a credit; where there are several, to each in
/// turn. A consumer gives a producer new credits when half of them are used, one by one if it takes long over its
/// items. So nothing needs to happen on a rank that does not use the channel, and what waits anywhere is bounded.
class channel_core {
 public:
  using clock = std::chrono::steady_clock;

  /// Collective. `item_bytes` is what each item takes, 0 if they differ.
  channel_core(const communicator& comm, channel_options options, std::size_t item_bytes, const call_site& where);
  channel_core(const channel_core&) = delete;
  channel_core& operator=(const channel_core&) = delete;
  /// Collective: closes, leaves, and waits until every other rank has come here too. If items are discarded because
  /// this rank had not left, says so on stderr.
  ~channel_core();

  /// Whether an item can be sent now. Throws channel_error if nobody receives, argument_error if this rank may not
  /// send.
  [[nodiscard]] bool can_send(const call_site& where);
  /// Waits for it; false when the time is over.
  [[nodiscard]] bool wait_to_send(std::optional<clock::time_point> until, const call_site& where);
  /// After can_send(): sends these bytes, or copies them.
  void send(std::span<const std::byte> item);
  /// After can_send(): the same, and keeps them.
  void send(buffer<std::byte> item);

  /// Whether an item is here. Throws channel_error if a producer has failed and nothing else is here;
  /// argument_error if this rank may not receive.
  [[nodiscard]] bool can_receive(const call_site& where);
  /// Waits for an item or the end; false when the time is over.
  [[nodiscard]] bool wait_to_receive(std::optional<clock::time_point> until, const call_site& where);
  [[nodiscard]] bool ended() const noexcept { return !has_item() && open_sources_ == 0; }
  [[nodiscard]] bool has_item() const noexcept { return inlet_.holds() || !inbox_.empty(); }
  /// The size of the next item, if there is one.
  [[nodiscard]] std::size_t item_size() const noexcept {
    if (item_bytes_ != 0) return item_bytes_;
    return inbox_.empty() ? inlet_.bytes() : inbox_.front().size();  // in the order of take()
  }
  /// Takes it: writes that many bytes.
  void take(void* to);

  /// Looks at messages.
  void poll();

  /// For tasks of an event loop. @{
  /// Where they wait.
  [[nodiscard]] channel_desk& desk();
  /// Whether there is an item, or never will be.
  [[nodiscard]] bool can_receive_or_ended(const call_site& where) { return can_receive(where) || ended() || left_; }
  /// Whether other ranks may yet bring an item, or make room for one. @{
  [[nodiscard]] bool may_come() const noexcept;
  [[nodiscard]] bool may_have_room() const noexcept;
  /// @}
  /// So long did a receiver wait.
  void waited(clock::duration time) noexcept { window_.waited(time); }
  /// @}

  void close(bool failed = false);
  std::uint64_t leave(bool failed = false);

  [[nodiscard]] std::size_t waiting() const noexcept { return inbox_.size() + (inlet_.holds() ? 1 : 0); }
  [[nodiscard]] const channel_counts& counts() const noexcept { return counts_; }
  [[nodiscard]] const communicator& comm() const noexcept { return comm_; }

 private:
  enum tag : int { end_tag = channel_inlet::other_tags, credit_tag, left_tag, bye_tag };

  /// A consumer, as this producer sees it.
  struct sink {
    int rank;
    std::uint64_t credits = 1;
    bool left = false;
    bool bye = false;  ///< sends nothing more
  };
  /// A producer, as this consumer sees it.
  struct source {
    int rank;
    std::uint64_t granted = 1;
    std::uint64_t taken = 0;
    bool ended = false;
    bool failed = false;  ///< and nobody was told yet
  };

  bool fetch();
  void handle_control();
  void store();
  void arrived(int from, std::span<const std::byte> item);
  sink& choose();
  void say(int dest, tag what, std::uint64_t number = 0);
  void grant(source& to, std::size_t bytes);
  void source_ended(source& which, bool failed);
  void say_bye();
  void share_out() noexcept;
  [[nodiscard]] sink* find_sink(int rank) noexcept;
  [[nodiscard]] source* find_source(int rank) noexcept;
  /// Looks with ready(), which looks at messages. `doing` and `where` are for a watchdog.
  bool wait(const char* doing, const call_site& where, const std::function<bool()>& ready,
            std::optional<clock::time_point> until);
  void finish();
  void say_lost(std::uint64_t items) const;

  communicator comm_;
  call_site made_;
  channel_options options_;
  std::size_t item_bytes_;
  communicator longs_;       ///< for items that are long, if they differ in length
  std::vector<sink> sinks_;  ///< none if this rank is no producer
  std::vector<source> sources_;
  bool produces_ = false;
  bool consumes_ = false;
  bool closed_ = false;
  bool left_ = false;
  bool said_bye_ = false;
  std::size_t next_sink_ = 0;
  std::size_t sinks_left_ = 0;
  std::optional<int> failed_sink_;
  std::uint64_t credits_ = 0;  ///< of all sinks but this rank
  std::size_t open_sources_ = 0;
  std::size_t failures_ = 0;  ///< of sources, not yet told
  std::uint64_t share_ = 1;   ///< of what this rank should have in advance, each source's
  channel_window window_;
  channel_inbox inbox_;
  channel_inlet inlet_;
  departures<request<buffer<std::byte>>> sending_;
  channel_counts counts_;
  std::unique_ptr<channel_desk> desk_;  ///< once it was asked for
  int exceptions_ = std::uncaught_exceptions();
};

}  // namespace cohort::detail
