#pragma once

#include <cohort/core/communicator.hpp>
#include <cohort/p2p/probe.hpp>

#include <mpi.h>

#include <array>
#include <cstddef>
#include <optional>
#include <vector>

namespace cohort::detail {

/// Where the messages of a channel come in, one at a time. Short ones meet receives that wait for them, which is
/// what a program that only receives would do; others are looked for, and received when they are read.
class channel_inlet {
 public:
  /// `longest`: of all messages, in bytes, if that is known and short; else 0.
  channel_inlet(const communicator& comm, std::size_t longest);
  channel_inlet(const channel_inlet&) = delete;
  channel_inlet& operator=(const channel_inlet&) = delete;
  ~channel_inlet();

  /// The next message that has come; false if none has. Only after read() of the one before.
  [[nodiscard]] bool next();
  /// There is one that has not been read. @{
  [[nodiscard]] bool holds() const noexcept { return holds_; }
  [[nodiscard]] int source() const noexcept { return source_; }
  [[nodiscard]] int tag() const noexcept { return tag_; }
  /// If no longest was given.
  [[nodiscard]] std::size_t bytes() const noexcept { return message_->info().bytes(); }
  /// Copies it to `to`, which must have room for `bytes`, as many as it has.
  void read(void* to, std::size_t bytes);
  /// @}

 private:
  static constexpr std::size_t places = 16;
  [[nodiscard]] std::byte* place(std::size_t i) noexcept { return memory_.data() + i * longest_; }

  const communicator& comm_;
  std::size_t longest_;
  std::vector<std::byte> memory_;
  std::array<MPI_Request, places> receives_{};
  std::size_t oldest_ = 0;
  std::optional<message> message_;
  bool holds_ = false;
  int source_ = 0;
  int tag_ = 0;
};

}  // namespace cohort::detail
