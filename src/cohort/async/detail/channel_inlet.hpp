#pragma once

#include <cohort/core/buffer.hpp>
#include <cohort/core/communicator.hpp>

#include <mpi.h>

#include <array>
#include <cstddef>
#include <functional>
#include <span>
#include <variant>
#include <vector>

namespace cohort::detail {

/// Where the messages of a channel come in. Short ones meet receives that wait for them, which is what a
/// program that only receives would do; long ones are looked for.
class channel_inlet {
 public:
  /// What came: lies in the inlet's memory until the handler returns, or is the handler's to keep.
  using bytes = std::variant<std::span<const std::byte>, buffer<std::byte>>;
  /// Called with source, tag, data.
  using handler = std::function<void(int, int, bytes)>;

  /// `longest`: of all messages, in bytes, if that is known and short; else 0.
  channel_inlet(const communicator& comm, std::size_t longest, handler handle);
  channel_inlet(const channel_inlet&) = delete;
  channel_inlet& operator=(const channel_inlet&) = delete;
  ~channel_inlet();

  /// Gives what has come to the handler; false if nothing has.
  bool poll();

 private:
  static constexpr std::size_t places = 16;
  [[nodiscard]] std::span<std::byte> place(std::size_t i) noexcept {
    return {memory_.data() + i * longest_, longest_};
  }

  const communicator& comm_;
  std::size_t longest_;
  handler handle_;
  std::vector<std::byte> memory_;
  std::array<MPI_Request, places> receives_{};
  std::size_t oldest_ = 0;
};

}  // namespace cohort::detail
