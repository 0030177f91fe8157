#pragma once

#include <cohort/core/detail/departures.hpp>
#include <cohort/core/request.hpp>
#include <cohort/pattern/crew/letter.hpp>

#include <cstddef>
#include <vector>

namespace cohort::crew {

/// Tags of the two directions.
inline constexpr int to_worker = 1;
inline constexpr int to_root = 2;

/// Letters on their way out of this rank: sends without blocking and keeps what is being sent until it has gone.
class post {
 public:
  /// `survives`: ranks may be lost. Then nothing here blocks, and what has not gone in the end is left to MPI.
  post(const communicator& comm, bool survives) : comm_{comm}, survives_{survives} {}
  post(const post&) = delete;
  post& operator=(const post&) = delete;
  ~post();

  /// Sends the letter, unless it is empty.
  void send(letter& what, int dest, int tag);
  /// Forgets what has gone. Cheap if nothing is on its way.
  void sweep();
  [[nodiscard]] bool empty() const noexcept { return leaving_.empty(); }
  /// Blocks until everything has gone. Not for who survives.
  void drain();
  /// Leaves to MPI what is on its way to this rank, which is lost: MPI may read it at any time, or never.
  void give_up(int dest);

 private:
  struct sent {
    int dest;
    request<std::vector<std::byte>> letter;
    bool survives;
    bool test();
  };

  communicator comm_;
  bool survives_;
  detail::departures<sent> leaving_;
};

}  // namespace cohort::crew
