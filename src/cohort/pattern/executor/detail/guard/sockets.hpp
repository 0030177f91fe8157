#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace cohort::detail {

/// A file descriptor, closed with this object.
class descriptor {
 public:
  descriptor() = default;
  explicit descriptor(int fd) noexcept : fd_{fd} {}
  descriptor(descriptor&& from) noexcept : fd_{std::exchange(from.fd_, -1)} {}
  descriptor& operator=(descriptor&& from) noexcept {
    reset(std::exchange(from.fd_, -1));
    return *this;
  }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() { reset(); }

  [[nodiscard]] int get() const noexcept { return fd_; }
  void reset(int fd = -1) noexcept;

 private:
  int fd_ = -1;
};

/// Both are closed by exec. Throws error if the process has no descriptors left. @{
[[nodiscard]] std::pair<descriptor, descriptor> make_sockets(int type);
[[nodiscard]] std::pair<descriptor, descriptor> make_pipe();  ///< to read from, to write to
/// @}

/// One message with descriptors over a SOCK_SEQPACKET socket. False: nobody is there any more.
[[nodiscard]] bool send_message(int socket, std::span<const std::byte> text, std::span<const int> descriptors);
/// Blocks for the next message; the text is empty at the end of the conversation. At most two descriptors.
struct message {
  std::vector<std::byte> text;
  std::array<descriptor, 2> with;
};
[[nodiscard]] message receive_message(int socket);

/// Blocking; false at the end of the conversation. @{
[[nodiscard]] bool read_all(int fd, std::span<std::byte> into);
[[nodiscard]] bool write_all(int fd, std::span<const std::byte> from);
/// @}

}  // namespace cohort::detail
