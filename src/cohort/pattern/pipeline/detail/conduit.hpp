#pragma once

#include <cohort/core/communicator.hpp>
#include <cohort/core/detail/departures.hpp>
#include <cohort/core/request.hpp>
#include <cohort/core/status.hpp>
#include <cohort/pattern/crew/backoff.hpp>
#include <cohort/pattern/pipeline/detail/inbox.hpp>
#include <cohort/pattern/pipeline/detail/loop_head.hpp>
#include <cohort/pattern/pipeline/detail/outbox.hpp>
#include <cohort/pattern/pipeline/options.hpp>
#include <cohort/pattern/pipeline/placement.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace cohort::detail {

/// What place() and check() throw when the pipeline has failed elsewhere.
struct pipeline_stopped {};

/// One rank's part of a pipeline's transport. Nothing blocks but place(), pause() and leave(), which look at
/// messages meanwhile.
class conduit {
 public:
  /// `mine`: this rank's segment, if it has one. `comm` must carry no other messages.
  conduit(const communicator& comm, const std::vector<segment>& segments, std::optional<std::size_t> mine,
          const pipeline_options& options);

  /// Messages that have come, and letters that should go. `now` in nanoseconds, `cost` of an item here.
  void look(std::int64_t now, std::int64_t cost);
  /// The same if it was long ago.
  void glance(std::int64_t now, std::int64_t cost) {
    if (now - looked_ >= between_looks) look(now, cost);
  }
  /// Sends what there is, and looks. Returns whether something has come.
  bool attend();
  /// When there is nothing to do: sends what there is, looks, and sleeps if nothing comes. `for_room`: others have
  /// enough to do, so there is no hurry.
  void pause(bool for_room = false);

  /// What came: the next entry, if there is one now; valid until the next call.
  [[nodiscard]] std::optional<entry_view> next();
  /// Nothing will come any more.
  [[nodiscard]] bool ended() const noexcept {
    return sources_ended_ == sources_.size() && in_.empty() && settled();
  }
  /// For a gate: nothing that was given out can come back any more.
  [[nodiscard]] bool settled() const noexcept { return loop_.settled() && arriving_.empty(); }
  /// For a gate: the next entry that has come back; valid until the next call.
  [[nodiscard]] std::optional<entry_view> returned();
  /// How many have come back and wait.
  [[nodiscard]] std::size_t waiting() const noexcept { return loop_.waiting(); }
  /// For a part of a loop, to its gate on another rank: the place for the payload of an entry that goes back.
  std::byte* give_back(const entry_head& head) { return way_back_->room(head); }
  /// What came has been worked on.
  void done_with_item(std::int64_t cost);

  /// The first half of giving an entry to the next segment: chooses the rank, waits until there is room, and
  /// returns the place for the payload. `path` is that of the order; it is made here where counting begins.
  std::byte* place(entry_head head, std::span<const std::uint64_t> path, std::optional<std::uint64_t> hash);
  /// The second half. `work`: nanoseconds that the entry took to make.
  void placed(std::int64_t now, std::int64_t work);
  /// Everything has been given: tells the next segment.
  void close();

  /// Throws pipeline_stopped if the pipeline has failed.
  void check() const {
    if (stopped_) throw pipeline_stopped{};
  }
  [[nodiscard]] bool stopped() const noexcept { return stopped_; }

  /// How this rank's part has ended: after close(); because the sink has had enough; by a failure.
  enum class ending { done, enough, failed };
  /// Collective: the end of this rank's part; but for `done` all ranks are told of it, and stop. Returns when no
  /// message is on its way any more; the lowest rank that has failed, or -1. What stopped() says is the same on all
  /// ranks then.
  [[nodiscard]] int leave(ending how);

 private:
  enum tag : int { letter_tag = 1, back_tag, end_tag, taken_tag, completed_tag, stop_tag, bye_tag };
  static constexpr std::int64_t between_looks = 100'000;
  /// So much work may have been taken before its sender is told.
  static constexpr std::int64_t untold = 1'000'000;
  /// A yield that takes longer has let others compute.
  static constexpr std::int64_t slow_yield = 500'000;

  struct source {
    int rank = 0;
    std::size_t items = 0;  ///< taken and not told
    std::size_t bytes = 0;
    bool ended = false;
    bool waits = false;  ///< one of its letters has not come entirely; within take_in() only
  };
  /// A letter that is being received.
  struct arrival {
    bool back = false;  ///< from a later segment of a loop
    std::size_t sender = 0;
    request<std::vector<std::byte>> bytes;
    bool done = false;
  };

  void let_late_go();
  bool listen();
  bool take_in();
  void hear(const status& found);
  void took(const inbox::taken& what);
  void tell(source& whom);
  void tell_all();
  void tell_completed();
  void send(outbox::door& to);
  void send_all();
  void send_back();
  void say(int dest, tag what, std::span<const std::uint64_t> numbers = {});
  void sweep();
  [[nodiscard]] static std::int64_t now();
  [[nodiscard]] std::size_t source_of(int rank) const;

  communicator comm_;
  pipeline_options options_;
  inbox in_;
  outbox out_;
  std::vector<source> sources_;
  std::vector<arrival> arriving_;
  std::size_t sources_ended_ = 0;
  bool counts_ = false;
  loop_head loop_;                    ///< of the loop that crosses this segment's end
  std::optional<way_back> way_back_;  ///< of the loop that crosses its beginning
  std::optional<int> counter_;        ///< the rank that counts what is put in order here
  std::vector<int> neighbours_;       ///< ranks that send to this one, or are sent to
  std::uint64_t told_completed_ = 0;
  outbox::door* open_ = nullptr;
  order_path number_ = order_path(1);
  departures<request<std::vector<std::byte>>> letters_;
  departures<request<std::vector<std::uint64_t>>> words_;
  crew::backoff backoff_;
  int crowded_ = 0;  ///< pauses for which it is known that others want the core
  std::int64_t looked_ = 0;
  std::int64_t cost_ = 0;
  bool stopped_ = false;
  bool leaving_now_ = false;
  std::size_t byes_ = 0;
};

}  // namespace cohort::detail
