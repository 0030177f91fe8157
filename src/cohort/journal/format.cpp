#include <cohort/journal/detail/crc32c.hpp>
#include <cohort/journal/detail/format.hpp>
#include <cohort/journal/detail/little_endian.hpp>
#include <cohort/journal/record.hpp>

#include <algorithm>
#include <cstring>

namespace cohort::journal::detail {
namespace {

constexpr std::size_t head_crc_at = 0;
constexpr std::size_t payload_crc_at = 4;
constexpr std::size_t kind_at = 8;
constexpr std::size_t length_at = 12;
constexpr std::size_t offset_at = 16;
constexpr std::size_t committed_at = 24;

std::uint32_t crc_of_salt(std::uint64_t salt) noexcept {
  std::array<std::byte, 8> bytes{};
  put_u64(bytes.data(), salt);
  return crc32c(bytes);
}

std::uint32_t crc_of_head(std::span<const std::byte, head_bytes> head, std::uint64_t salt) noexcept {
  return crc32c(head.subspan(payload_crc_at), crc_of_salt(salt));
}

/// The payload's checksum is among the bytes that the head's is of, so it is made from what stands behind it.
std::uint32_t crc_before_payload(std::span<const std::byte, head_bytes> head, std::uint64_t salt) noexcept {
  return crc32c(head.subspan(kind_at), crc_of_salt(salt));
}

}  // namespace

std::array<std::byte, header_bytes> encode(const file_header& header) {
  std::array<std::byte, header_bytes> bytes{};
  std::copy(magic.begin(), magic.end(), bytes.begin());
  put_u32(bytes.data() + 8, header.version);
  put_u64(bytes.data() + 16, header.of.low);
  put_u64(bytes.data() + 24, header.of.high);
  put_u64(bytes.data() + 32, header.salt);
  put_u32(bytes.data() + 60, crc32c(std::span{bytes}.first(60)));
  return bytes;
}

std::optional<file_header> decode_header(std::span<const std::byte, header_bytes> bytes) {
  if (get_u32(bytes.data() + 60) != crc32c(bytes.first(60))) return std::nullopt;
  if (!std::equal(magic.begin(), magic.end(), bytes.begin())) return std::nullopt;
  return file_header{get_u32(bytes.data() + 8),
                     {get_u64(bytes.data() + 16), get_u64(bytes.data() + 24)},
                     get_u64(bytes.data() + 32)};
}

bool is_begun(std::span<const std::byte> all) {
  if (all.size() > header_bytes) return false;
  const auto zero = [](std::byte b) { return b == std::byte{0}; };
  if (std::all_of(all.begin(), all.end(), zero)) return true;
  return all.size() < header_bytes &&
         std::equal(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(std::min(all.size(), magic.size())),
                    magic.begin());
}

void encode_record(std::vector<std::byte>& out, std::uint64_t salt, std::uint64_t offset, std::uint32_t kind,
                   std::uint64_t committed, std::span<const std::byte> payload) {
  const auto at = out.size();
  out.resize(at + head_bytes + static_cast<std::size_t>(padded(payload.size())));
  auto* const head = out.data() + at;
  put_u32(head + kind_at, kind);
  put_u32(head + length_at, static_cast<std::uint32_t>(payload.size()));
  put_u64(head + offset_at, offset);
  put_u64(head + committed_at, committed);
  if (!payload.empty()) std::memcpy(head + head_bytes, payload.data(), payload.size());
  const std::span<const std::byte, head_bytes> fixed{head, head_bytes};
  const std::span<const std::byte> behind{head + head_bytes, out.size() - at - head_bytes};
  put_u32(head + payload_crc_at, crc32c(behind, crc_before_payload(fixed, salt)));
  put_u32(head + head_crc_at, crc_of_head(fixed, salt));
}

std::optional<record_head> decode_head(std::span<const std::byte, head_bytes> bytes, std::uint64_t salt) {
  if (get_u32(bytes.data() + head_crc_at) != crc_of_head(bytes, salt)) return std::nullopt;
  const record_head head{.kind = get_u32(bytes.data() + kind_at),
                         .length = get_u32(bytes.data() + length_at),
                         .offset = get_u64(bytes.data() + offset_at),
                         .committed = get_u64(bytes.data() + committed_at),
                         .payload_crc = get_u32(bytes.data() + payload_crc_at),
                         .before_payload = crc_before_payload(bytes, salt)};
  const bool known = head.kind != 0 && (head.kind < first_reserved_kind || head.kind == mark_kind);
  if (!known || head.length > most_bytes || head.committed > head.offset) return std::nullopt;
  return head;
}

bool is_right(const record_head& head, std::span<const std::byte> padded_payload) {
  return crc32c(padded_payload, head.before_payload) == head.payload_crc;
}

}  // namespace cohort::journal::detail
