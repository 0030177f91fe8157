#include "farm/join/card.hpp"

#include <cohort/journal/detail/format.hpp>
#include <cohort/journal/detail/little_endian.hpp>

#include "common/descriptor.hpp"
#include "farm/packing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <random>
#include <unistd.h>

namespace cohort_farm {
namespace {

namespace format = cohort::journal::detail;

/// A card: 8 magic, 4 format, 4 zero, and then one record as those of a journal.
constexpr std::string_view magic = "cohortjn";
constexpr std::size_t front = 16;
constexpr std::uint64_t salt_of_cards = 0x6a6f696e;
constexpr std::uint32_t most_slots = 1U << 20;
enum card_kind : std::uint32_t { farm_kind = 1, guest_kind = 2 };

bytes sealed(card_kind what, bytes_view payload) {
  bytes all(front);
  std::copy(magic.begin(), magic.end(), reinterpret_cast<char*>(all.data()));
  format::put_u32(all.data() + magic.size(), exchange_format);
  format::encode_record(all, salt_of_cards, front, what, 0, payload);
  return all;
}

std::optional<bytes_view> opened(card_kind what, bytes_view file) {
  if (file.size() < front || as_text(file.first(magic.size())) != magic) return std::nullopt;
  if (const auto found = format::get_u32(file.data() + magic.size()); found != exchange_format) {
    throw format_error{fmt::format(
        "this farm can be joined by another version of cohort-farm alone (what it writes has the format "
        "{}, and this version knows only {}); use the version that the farm was started with",
        found, exchange_format)};
  }
  if (file.size() < front + format::head_bytes) return std::nullopt;
  const auto head = format::decode_head(file.subspan(front).first<format::head_bytes>(), salt_of_cards);
  if (!head || head->kind != what || head->offset != front) return std::nullopt;
  const auto rest = file.subspan(front + format::head_bytes);
  const auto whole = format::padded(head->length);
  if (rest.size() < whole || !format::is_right(*head, rest.first(static_cast<std::size_t>(whole)))) {
    return std::nullopt;
  }
  return rest.first(head->length);
}

}  // namespace

bytes encode(const farm_card& what) {
  packer p;
  p.put(what.run).put(what.beat).put(std::int64_t{what.lease.count()}).put(std::uint8_t{what.report_starts});
  return sealed(farm_kind, p.text(what.host).text(what.directory).text(what.results).take());
}

bytes encode(const guest_card& what) {
  packer p;
  p.put(what.run).put(what.salt).put(std::int64_t{what.lease.count()}).put(what.slots).text(what.host);
  return sealed(guest_kind, p.take());
}

std::optional<farm_card> decode_farm_card(bytes_view file) {
  const auto payload = opened(farm_kind, file);
  if (!payload) return std::nullopt;
  unpacker from{*payload};
  farm_card what;
  std::int64_t lease = 0;
  std::uint8_t starts = 0;
  from.get(what.run).get(what.beat).get(lease).get(starts);
  what.lease = std::chrono::nanoseconds{lease};
  what.report_starts = starts != 0;
  what.host = from.text();
  what.directory = from.text();
  what.results = from.text();
  from.end();
  if (what.lease.count() <= 0) unpacker::fail();
  return what;
}

std::optional<guest_card> decode_guest_card(bytes_view file) {
  const auto payload = opened(guest_kind, file);
  if (!payload) return std::nullopt;
  unpacker from{*payload};
  guest_card what;
  std::int64_t lease = 0;
  from.get(what.run).get(what.salt).get(lease).get(what.slots);
  what.lease = std::chrono::nanoseconds{lease};
  what.host = from.text();
  from.end();
  if (what.slots == 0 || what.slots > most_slots || what.lease.count() <= 0) unpacker::fail();
  return what;
}

bool is_guest_name(std::string_view name) {
  constexpr std::string_view before = "guest-";
  return name.size() == before.size() + 16 && name.substr(0, before.size()) == before &&
         name.find_first_not_of("0123456789abcdef", before.size()) == std::string_view::npos;
}

std::string guest_name(std::uint64_t salt) {
  return fmt::format("guest-{:016x}", salt);
}

std::string output_name(cohort::crew::job of, stream from) {
  return fmt::format("{}.{}.{}", of.task, of.attempt, from == stream::out ? "out" : "err");
}

std::uint64_t random_number() {
  std::random_device random;
  return (std::uint64_t{random()} << 32) | random();
}

int write_file(const std::string& name, bytes_view what) {
  const auto temporary = name + ".new";
  const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0) return errno;
  const auto wrote = ::write(fd, what.data(), what.size());
  int error = wrote == static_cast<ssize_t>(what.size()) ? 0 : wrote < 0 ? errno : ENOSPC;
  // A network file system writes when it is closed.
  if (::close(fd) != 0 && error == 0 && errno != EINTR) error = errno;
  if (error == 0 && ::rename(temporary.c_str(), name.c_str()) != 0) error = errno;
  if (error != 0) (void)::unlink(temporary.c_str());
  return error;
}

int read_file(const std::string& name, bytes& into) {
  into.clear();
  const cohort_apps::descriptor fd{::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (!fd) return errno;
  constexpr std::size_t piece = 4096;
  for (;;) {
    const auto at = into.size();
    into.resize(at + piece);
    const auto got = ::read(fd.get(), into.data() + at, piece);
    const int error = got < 0 ? errno : 0;
    into.resize(at + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got < 0 && error == EINTR) continue;
    if (got <= 0) return error;
  }
}

}  // namespace cohort_farm
