#include <cohort/core/error.hpp>
#include <cohort/observe/detail/side_channel.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <ifaddrs.h>
#include <net/if.h>
#include <random>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

namespace cohort::observe::detail {
namespace {

sockaddr_in address(std::uint32_t host, std::uint16_t port) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_addr.s_addr = host;
  result.sin_port = port;
  return result;
}

}  // namespace

side_channel::side_channel()
    : socket_{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)}, room_(65536) {
  const auto any = address(htonl(INADDR_ANY), 0);
  if (socket_ < 0 || ::bind(socket_, reinterpret_cast<const sockaddr*>(&any), sizeof any) != 0) {
    const int why = errno;
    if (socket_ >= 0) ::close(socket_);
    throw error{fmt::format("watchdog: no UDP socket ({}); run without COHORT_WATCHDOG", std::strerror(why))};
  }
  const int wanted = 4 << 20;  // a letter of every rank may come at once; the system gives what it allows
  (void)::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &wanted, sizeof wanted);
}

side_channel::~side_channel() {
  ::close(socket_);
}

meeting_point side_channel::here(const std::string& host) {
  meeting_point result;
  std::random_device random;
  result.token = (std::uint64_t{random()} << 32U) | random();
  host.copy(result.host.data(), result.host.size() - 1);
  sockaddr_in mine{};
  socklen_t length = sizeof mine;
  if (::getsockname(socket_, reinterpret_cast<sockaddr*>(&mine), &length) == 0) result.port = mine.sin_port;
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0) return result;
  for (const auto* each = all; each != nullptr && result.number != meeting_point::most; each = each->ifa_next) {
    if (each->ifa_addr == nullptr || each->ifa_addr->sa_family != AF_INET) continue;
    if ((each->ifa_flags & IFF_UP) == 0 || (each->ifa_flags & IFF_LOOPBACK) != 0) continue;
    result.addresses[result.number++] = reinterpret_cast<const sockaddr_in*>(each->ifa_addr)->sin_addr.s_addr;
  }
  ::freeifaddrs(all);
  return result;
}

void side_channel::send(const sockaddr_in& to, head about, std::span<const std::byte> payload) const noexcept {
  about.token = token_;
  auto where = to;
  std::array<iovec, 2> parts{iovec{&about, sizeof about},
                             iovec{const_cast<std::byte*>(payload.data()), payload.size()}};
  msghdr message{};
  message.msg_name = &where;
  message.msg_namelen = sizeof where;
  message.msg_iov = parts.data();
  message.msg_iovlen = payload.empty() ? 1 : 2;
  (void)::sendmsg(socket_, &message, MSG_NOSIGNAL);
}

std::optional<side_channel::letter> side_channel::next() {
  for (;;) {
    letter result{};
    socklen_t length = sizeof result.from;
    const auto n =
        ::recvfrom(socket_, room_.data(), room_.size(), 0, reinterpret_cast<sockaddr*>(&result.from), &length);
    if (n < 0 && (errno == EINTR || errno == ECONNREFUSED)) continue;
    if (n < 0) return std::nullopt;
    if (static_cast<std::size_t>(n) < sizeof result.about) continue;
    std::memcpy(&result.about, room_.data(), sizeof result.about);
    if (result.about.token != token_) continue;
    result.payload =
        std::span{room_}.subspan(sizeof result.about, static_cast<std::size_t>(n) - sizeof result.about);
    return result;
  }
}

std::vector<sockaddr_in> candidates(const meeting_point& where, const std::string& host) {
  std::vector<sockaddr_in> result;
  if (host.substr(0, where.host.size() - 1) == where.host.data())
    result.push_back(address(htonl(INADDR_LOOPBACK), where.port));
  for (std::uint32_t i = 0; i != std::min<std::size_t>(where.number, meeting_point::most); ++i)
    result.push_back(address(where.addresses[i], where.port));
  return result;
}

}  // namespace cohort::observe::detail
