#include <cohort/cluster/launcher_output.hpp>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <poll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>

namespace cohort::cluster {
namespace {

namespace fs = std::filesystem;

constexpr int patience = 2000;  ///< milliseconds
constexpr int backlog = 16;

/// What an answer says: which descriptors are with it, in this order.
enum : unsigned char { has_out = 1, has_err = 2 };

struct address {
  sockaddr_un of{};
  socklen_t size = 0;
};

/// One without a file: it is gone with its socket, and unknown on other hosts.
bool make_address(const std::string& name, address& into) {
  if (name.empty() || name.size() >= sizeof into.of.sun_path) return false;
  into.of.sun_family = AF_UNIX;
  std::memcpy(into.of.sun_path + 1, name.data(), name.size());
  into.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  return true;
}

/// The process at the other end, if it is of our user; 0 if not.
pid_t peer_of(int socket) {
  ucred who{};
  socklen_t size = sizeof who;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &who, &size) != 0) return 0;
  return who.uid == ::geteuid() ? who.pid : 0;
}

std::string link_of(const fs::path& of) {
  std::error_code error;
  const auto link = fs::read_symlink(of, error);
  return error ? std::string{} : link.string();
}

bool has_line(const fs::path& file, const std::string& wanted) {
  std::ifstream in{file};
  for (std::string line; std::getline(in, line);) {
    if (line == wanted) return true;
  }
  return false;
}

/// Whether what `rank` writes to its descriptor is read by `mpirun`: from a pipe, or as the master of a terminal.
bool leads_to(pid_t mpirun, pid_t rank, int descriptor) {
  const fs::path reader = "/proc/" + std::to_string(mpirun);
  const auto link = link_of(fs::path{"/proc"} / std::to_string(rank) / "fd" / std::to_string(descriptor));
  const std::string terminal = "/dev/pts/";
  const bool is_terminal = link.compare(0, terminal.size(), terminal) == 0;
  if (!is_terminal && link.compare(0, 6, "pipe:[") != 0) return false;
  const auto index = is_terminal ? "tty-index:\t" + link.substr(terminal.size()) : std::string{};
  std::error_code error;
  for (fs::directory_iterator each{reader / (is_terminal ? "fdinfo" : "fd"), error}, end; !error && each != end;
       each.increment(error)) {
    if (is_terminal ? has_line(each->path(), index) : link_of(each->path()) == link) return true;
  }
  return false;
}

struct message {
  unsigned char what = 0;
  std::array<int, 2> descriptors{};
  std::size_t count = 0;
};

using control = std::array<std::byte, CMSG_SPACE(2 * sizeof(int))>;

void send(int socket, message text) {
  iovec part{&text.what, 1};
  alignas(cmsghdr) control room{};
  msghdr all{};
  all.msg_iov = &part;
  all.msg_iovlen = 1;
  if (text.count != 0) {
    const auto size = text.count * sizeof(int);
    all.msg_control = room.data();
    all.msg_controllen = CMSG_SPACE(size);
    auto* const head = CMSG_FIRSTHDR(&all);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(size);
    std::memcpy(CMSG_DATA(head), text.descriptors.data(), size);
  }
  (void)::sendmsg(socket, &all, MSG_NOSIGNAL | MSG_DONTWAIT);
}

message receive(int socket) {
  message text;
  pollfd ready{socket, POLLIN, 0};
  int polled = 0;
  do polled = ::poll(&ready, 1, patience);
  while (polled < 0 && errno == EINTR);
  if (polled <= 0) return text;
  iovec part{&text.what, 1};
  alignas(cmsghdr) control room{};
  msghdr all{};
  all.msg_iov = &part;
  all.msg_iovlen = 1;
  all.msg_control = room.data();
  all.msg_controllen = room.size();
  if (::recvmsg(socket, &all, MSG_CMSG_CLOEXEC | MSG_DONTWAIT) <= 0) return {};
  for (auto* head = CMSG_FIRSTHDR(&all); head != nullptr; head = CMSG_NXTHDR(&all, head)) {
    if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS) continue;
    text.count = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    std::memcpy(text.descriptors.data(), CMSG_DATA(head), text.count * sizeof(int));
  }
  return text;
}

/// No answer, if nobody of our user is there.
message ask(const std::string& name) {
  address at;
  if (!make_address(name, at)) return {};
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket < 0) return {};
  message answer;
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&at.of), at.size) == 0 && peer_of(socket) != 0) {
    answer = receive(socket);
  }
  ::close(socket);
  return answer;
}

}  // namespace

launcher_output::launcher_output(const variables& environment) noexcept : out_{STDOUT_FILENO}, err_{STDERR_FILENO} {
  try {
    const auto got = ask(environment("COHORT_OUTPUT").value_or(""));
    std::size_t next = 0;
    if ((got.what & has_out) != 0 && next != got.count) out_ = got.descriptors.at(next++);
    if ((got.what & has_err) != 0 && next != got.count) err_ = got.descriptors.at(next++);
  } catch (const std::exception&) {  // by mpirun, then
  }
}

launcher_output::~launcher_output() {
  if (out_ != STDOUT_FILENO) ::close(out_);
  if (err_ != STDERR_FILENO) ::close(err_);
}

bool launcher_output::direct() const noexcept {
  return out_ != STDOUT_FILENO;
}

output_offer::output_offer(int out, int err) noexcept : out_{out}, err_{err} {
  try {
    std::array<std::uint64_t, 2> chance{};
    if (::getrandom(chance.data(), sizeof chance, GRND_NONBLOCK) != sizeof chance) return;
    auto name =
        "cohort-output." + std::to_string(::getpid()) + '.' + std::to_string(chance[0]) + std::to_string(chance[1]);
    address at;
    if (!make_address(name, at)) return;
    socket_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (socket_ < 0) return;
    if (::bind(socket_, reinterpret_cast<const sockaddr*>(&at.of), at.size) == 0 &&
        ::listen(socket_, backlog) == 0) {
      name_ = std::move(name);
      return;
    }
    ::close(socket_);
    socket_ = -1;
  } catch (const std::exception&) {  // nothing is offered
  }
}

output_offer::~output_offer() {
  if (socket_ >= 0) ::close(socket_);
}

void output_offer::answer(pid_t mpirun) const noexcept {
  if (socket_ < 0) return;
  const int asker = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (asker < 0) return;
  try {
    if (const auto rank = peer_of(asker); rank != 0) {
      message text;
      const auto add = [&](unsigned char what, int descriptor, int theirs) {
        if (!leads_to(mpirun, rank, theirs)) return;
        text.what |= what;
        text.descriptors.at(text.count++) = descriptor;
      };
      add(has_out, out_, STDOUT_FILENO);
      add(has_err, err_, STDERR_FILENO);
      send(asker, text);
    }
  } catch (const std::exception&) {  // no answer
  }
  ::close(asker);
}

}  // namespace cohort::cluster
