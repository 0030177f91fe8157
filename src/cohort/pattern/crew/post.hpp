#pragma once

#include <cohort/core/request.hpp>
#include <cohort/pattern/crew/letter.hpp>

#include <cstddef>
#include <deque>
#include <vector>

namespace cohort::crew {

/// Tags of the two directions.
inline constexpr int to_worker = 1;
inline constexpr int to_root = 2;

/// Letters on their way out of this rank: sends without blocking and keeps what is being sent until it has gone.
class post {
 public:
  explicit post(const communicator& comm) : comm_{comm} {}

  /// Sends the letter, unless it is empty.
  void send(letter& what, int dest, int tag);
  /// Forgets what has gone. Cheap if nothing is on its way.
  void sweep();
  [[nodiscard]] bool empty() const noexcept { return leaving_.empty(); }
  /// Blocks until everything has gone.
  void drain();

 private:
  communicator comm_;
  std::deque<request<std::vector<std::byte>>> leaving_;
};

}  // namespace cohort::crew
