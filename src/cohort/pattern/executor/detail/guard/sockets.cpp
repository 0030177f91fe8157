#include <cohort/core/error.hpp>
#include <cohort/pattern/executor/detail/guard/sockets.hpp>

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace cohort::detail {
namespace {

[[noreturn]] void throw_no_descriptors() {
  throw error{
      fmt::format("executor: a guarded task cannot be begun ({}); raise `ulimit -n`, or run fewer threads per rank",
                  std::generic_category().message(errno))};
}

}  // namespace

void descriptor::reset(int fd) noexcept {
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
}

std::pair<descriptor, descriptor> make_sockets(int type) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends.data()) != 0) throw_no_descriptors();
  return {descriptor{ends[0]}, descriptor{ends[1]}};
}

std::pair<descriptor, descriptor> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw_no_descriptors();
  return {descriptor{ends[0]}, descriptor{ends[1]}};
}

bool send_message(int socket, std::span<const std::byte> text, std::span<const int> descriptors) {
  iovec part{const_cast<std::byte*>(text.data()), text.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(2 * sizeof(int))> room{};
  msghdr head{};
  head.msg_iov = &part;
  head.msg_iovlen = 1;
  if (!descriptors.empty()) {
    head.msg_control = room.data();
    head.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
    auto* const extra = CMSG_FIRSTHDR(&head);
    extra->cmsg_level = SOL_SOCKET;
    extra->cmsg_type = SCM_RIGHTS;
    extra->cmsg_len = CMSG_LEN(descriptors.size_bytes());
    std::memcpy(CMSG_DATA(extra), descriptors.data(), descriptors.size_bytes());
  }
  ssize_t sent = 0;
  do {
    sent = ::sendmsg(socket, &head, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent >= 0;
}

message receive_message(int socket) {
  message result;
  result.text.resize(std::size_t{1} << 18U);
  iovec part{result.text.data(), result.text.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(2 * sizeof(int))> room{};
  msghdr head{};
  head.msg_iov = &part;
  head.msg_iovlen = 1;
  head.msg_control = room.data();
  head.msg_controllen = room.size();
  ssize_t got = 0;
  do {
    got = ::recvmsg(socket, &head, MSG_CMSG_CLOEXEC);
  } while (got < 0 && errno == EINTR);
  result.text.resize(static_cast<std::size_t>(got > 0 ? got : 0));
  const auto* const extra = got > 0 ? CMSG_FIRSTHDR(&head) : nullptr;
  if (extra != nullptr && extra->cmsg_type == SCM_RIGHTS) {
    std::array<int, 2> fds{-1, -1};
    std::memcpy(fds.data(), CMSG_DATA(extra), extra->cmsg_len - CMSG_LEN(0));
    for (std::size_t i = 0; i != fds.size(); ++i) result.with[i].reset(fds[i]);
  }
  return result;
}

bool read_all(int fd, std::span<std::byte> into) {
  while (!into.empty()) {
    const auto got = ::read(fd, into.data(), into.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    into = into.subspan(static_cast<std::size_t>(got));
  }
  return true;
}

bool write_all(int fd, std::span<const std::byte> from) {
  while (!from.empty()) {
    const auto put = ::send(fd, from.data(), from.size(), MSG_NOSIGNAL);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    from = from.subspan(static_cast<std::size_t>(put));
  }
  return true;
}

}  // namespace cohort::detail
