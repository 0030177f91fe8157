#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <netinet/in.h>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace cohort::observe::detail {

/// How the ranks reach the one that listens: plain bytes, sent to all by MPI once.
struct meeting_point {
  static constexpr std::size_t most = 8;
  std::uint64_t token = 0;  ///< of this job alone; other datagrams are not ours
  std::array<std::uint32_t, most> addresses{};
  std::uint32_t number = 0;
  std::uint16_t port = 0;
  std::array<char, 256> host{};
};

/// Datagrams between the watchdogs, since MPI may be called by one thread only, and that one waits. What is lost
/// is sent again by whoever wanted it.
class side_channel {
 public:
  enum class word : std::uint32_t { beat, welcome, ask, answer, left, end };
  struct head {
    std::uint64_t token;
    std::uint64_t moves;
    std::uint32_t rank;
    std::uint32_t number;
    word what;
    std::uint32_t unused = 0;
  };
  struct letter {
    head about;
    sockaddr_in from;
    std::span<const std::byte> payload;  ///< valid until the next letter is read
  };

  /// Opens a socket; throws error if it cannot.
  side_channel();
  side_channel(const side_channel&) = delete;
  side_channel& operator=(const side_channel&) = delete;
  ~side_channel();

  [[nodiscard]] int descriptor() const noexcept { return socket_; }
  /// What others are told, with a fresh token.
  [[nodiscard]] meeting_point here(const std::string& host);
  void use(const meeting_point& where) { token_ = where.token; }

  void send(const sockaddr_in& to, head about, std::span<const std::byte> payload = {}) const noexcept;
  /// The next one of ours that has come, if any.
  [[nodiscard]] std::optional<letter> next();

 private:
  int socket_ = -1;
  std::uint64_t token_ = 0;
  std::vector<std::byte> room_;
};

/// Where a rank on `host` may find it: the first that answers is right.
[[nodiscard]] std::vector<sockaddr_in> candidates(const meeting_point& where, const std::string& host);

}  // namespace cohort::observe::detail
