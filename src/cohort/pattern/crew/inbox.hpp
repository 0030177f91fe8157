#pragma once

#include <cohort/core/communicator.hpp>
#include <cohort/pattern/crew/silence.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace cohort::crew {

/// Letters on their way into this rank.
///
/// Where nobody is expected to be lost, a letter that has arrived is received at once, which blocks until it is
/// whole. Else nothing blocks: a letter is handed out when it is whole and all letters that its sender sent before
/// have been; and of large letters, only so many are received at a time as fit into some memory.
class inbox {
 public:
  /// Takes what `whom` matches on `comm`. `signs`, which must outlive this: hears of each letter that begins to
  /// arrive, and knows who is lost (their letters are thrown away); null: nobody will be.
  inbox(const communicator& comm, from whom, silence* signs);
  inbox(const inbox&) = delete;
  inbox& operator=(const inbox&) = delete;
  /// What has not arrived is left to MPI.
  ~inbox();

  /// The next letter, if there is one: good until the next call.
  struct arrived {
    int source = 0;
    std::span<const std::byte> letter;
  };
  [[nodiscard]] std::optional<arrived> next();

  /// Leaves to MPI what this one has begun to send.
  void give_up(int source);

  /// Somebody from whom nothing more can be received, if MPI has said so.
  struct broken {
    int source = 0;
    std::string why;
  };
  [[nodiscard]] std::optional<broken> next_broken();

 private:
  struct coming;
  struct not_whole;

  void match();
  bool whole(coming& one);
  static void abandon(coming& one);

  communicator comm_;
  from whom_;
  silence* signs_;
  std::vector<std::byte> in_;
  std::unique_ptr<not_whole> coming_;  ///< if somebody may be lost
  std::size_t receiving_ = 0;          ///< bytes of large ones
  std::vector<broken> broken_;
};

}  // namespace cohort::crew
