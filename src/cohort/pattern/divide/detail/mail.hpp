#pragma once

#include <cohort/core/buffer.hpp>
#include <cohort/core/communicator.hpp>
#include <cohort/core/request.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

namespace cohort::detail {

/// The messages of a divide_and_conquer: who asks whom for work, letters with problems and with results, and the
/// end. Nothing blocks before leave(). All sends are synchronous, so that a rank knows when what it sent has been
/// taken: that is how leave() can be sure that no message is left. With one rank there is none.
///
/// A request that cannot be served stays where it is until it can. A rank asks two others at random, then, if it
/// still has nothing, those at distances 1, 2, 4, ... behind it: so few requests wait, and as long as one rank has
/// work, some idle rank's request waits with it (lifelines: Saraswat et al., PPoPP 2011).
class divide_mail {
 public:
  divide_mail(const communicator& comm, int root, std::uint64_t seed, const call_site& where);

  struct letter {
    int source = 0;
    bool results = false;  ///< else problems
    buffer<std::byte> bytes;
  };

  /// Takes what has come; false if nothing has.
  bool listen();
  /// The next letter that listen() has taken.
  std::optional<letter> next();
  /// Those who wait for work, in the order in which they asked. Whoever is sent work must be taken out.
  [[nodiscard]] std::deque<int>& askers() noexcept { return askers_; }

  /// This rank has become idle: it may ask again.
  void begin_asking(std::int64_t now) noexcept;
  /// Asks one more rank, if it is time to and there is one left to ask; whether it has.
  bool ask(std::int64_t now);

  void send_problems(int dest, buffer<std::byte>&& what);
  /// A result travels at once if it is large, else when flush() says so. Returns where its bytes are to be written;
  /// call placed() then. @{
  std::byte* place_result(int dest, std::size_t bytes);
  void placed();
  /// @}
  void flush();
  /// A letter is on its way in or out and needs this rank.
  [[nodiscard]] bool moving() const noexcept { return !arriving_.empty() || !leaving_.empty(); }

  /// On the root: all is done, tell everybody. @{
  void end();
  /// Anywhere: something has failed, the root is to do so.
  void fail();
  /// @}
  [[nodiscard]] bool ended() const noexcept { return ended_; }
  /// Collective, when ended: takes and drops what is still on its way until there is nothing. Returns the lowest
  /// rank that has failed, -1 if none has.
  int leave(bool failed);

  [[nodiscard]] const communicator& lane() const noexcept { return lane_; }

 private:
  struct arrival {
    letter what;
    request<buffer<std::byte>> bytes;
    bool done = false;
  };

  void hear(const status& found);
  [[nodiscard]] std::optional<int> choose();
  void send(int dest, int tag, buffer<std::byte>&& what);
  void sweep();
  [[nodiscard]] bool alone() const noexcept { return size_ == 1; }

  communicator lane_;  ///< a duplicate; with one rank the caller's
  int rank_;
  int size_;
  int root_;
  std::uint_fast32_t random_;  ///< what std::minstd_rand gave last
  std::vector<int> lifelines_;
  std::vector<bool> asked_;  ///< whose answer has not come
  std::size_t open_questions_ = 0;
  int tries_ = 0;  ///< at random, since this rank is idle
  std::int64_t next_ask_ = 0;
  std::deque<int> askers_;
  std::deque<arrival> arriving_;
  std::deque<letter> arrived_;
  std::deque<request<buffer<std::byte>>> leaving_;
  std::map<int, std::vector<std::byte>> results_;  ///< that wait for flush()
  buffer<std::byte> large_;                        ///< being written
  int large_for_ = 0;
  bool ended_ = false;
};

}  // namespace cohort::detail
