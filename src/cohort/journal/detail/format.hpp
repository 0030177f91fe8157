#pragma once

#include <cohort/journal/fingerprint.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

/// How a journal lies in its file. All numbers are little-endian, all records begin at a multiple of 8.
///
///   header, 64 bytes: 8 magic, 4 version, 4 zero, 16 fingerprint, 8 salt, 20 zero, 4 CRC of the 60 bytes before it
///   record: 4 CRC of (salt, the next 28 bytes); 4 CRC of (salt, the next 24 bytes, the payload, its padding); 4
///   kind;
///           4 length of the payload; 8 offset of the record in the file; 8 the offset up to which the journal was
///           on the disk when the record was written; the payload; zeros up to a multiple of 8
///
/// The salt is a number drawn when the file was made, so what another journal has written is no record here: not in
/// a payload, and not in old blocks that a file system brings up after a crash. A length is believed only if its
/// checksum is right.
namespace cohort::journal::detail {

inline constexpr std::array<std::byte, 8> magic{std::byte{0x8a}, std::byte{'c'}, std::byte{'o'}, std::byte{'h'},
                                                std::byte{'o'},  std::byte{'r'}, std::byte{'t'}, std::byte{'\n'}};
inline constexpr std::uint32_t format_version = 1;
inline constexpr std::size_t header_bytes = 64;
inline constexpr std::size_t head_bytes = 32;
/// Holds nothing but its `committed`.
inline constexpr std::uint32_t mark_kind = 0x80000000U;

struct file_header {
  std::uint32_t version = format_version;
  fingerprint of;
  std::uint64_t salt = 0;
};

[[nodiscard]] std::array<std::byte, header_bytes> encode(const file_header& header);
/// Nothing if the checksum is wrong.
[[nodiscard]] std::optional<file_header> decode_header(std::span<const std::byte, header_bytes> bytes);
/// Whether a file that ends here may be a journal whose making was interrupted.
[[nodiscard]] bool is_begun(std::span<const std::byte> all);

struct record_head {
  std::uint32_t kind = 0;
  std::uint32_t length = 0;
  std::uint64_t offset = 0;
  std::uint64_t committed = 0;
  std::uint32_t payload_crc = 0;
  std::uint32_t before_payload = 0;  ///< what the former begins with
};

/// Of a payload with its padding.
[[nodiscard]] constexpr std::uint64_t padded(std::uint64_t length) noexcept {
  return (length + 7) & ~std::uint64_t{7};
}

/// Appends to `out` the record that will stand at `offset`.
void encode_record(std::vector<std::byte>& out, std::uint64_t salt, std::uint64_t offset, std::uint32_t kind,
                   std::uint64_t committed, std::span<const std::byte> payload);
/// Nothing if the checksum is wrong, or no writer writes such a record.
[[nodiscard]] std::optional<record_head> decode_head(std::span<const std::byte, head_bytes> bytes,
                                                     std::uint64_t salt);
[[nodiscard]] bool is_right(const record_head& head, std::span<const std::byte> padded_payload);

}  // namespace cohort::journal::detail
