#include <cohort/journal/detail/crc32c.hpp>
#include <cohort/journal/detail/little_endian.hpp>

#include <array>

namespace cohort::journal::detail {
namespace {

/// tables[k][b]: what byte b contributes when k bytes follow it.
constexpr auto crc_tables = [] {
  std::array<std::array<std::uint32_t, 256>, 8> tables{};
  for (std::uint32_t b = 0; b != 256; ++b) {
    auto crc = b;
    for (int bit = 0; bit != 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82f63b78U : 0U);
    tables[0][b] = crc;
  }
  for (std::size_t k = 1; k != 8; ++k) {
    for (std::size_t b = 0; b != 256; ++b) {
      const auto crc = tables[k - 1][b];
      tables[k][b] = (crc >> 8) ^ tables[0][crc & 255];
    }
  }
  return tables;
}();

}  // namespace

std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t before) noexcept {
  const auto& t = crc_tables;
  auto crc = ~before;
  for (; bytes.size() >= 8; bytes = bytes.subspan(8)) {
    const auto low = get_u32(bytes.data()) ^ crc;
    const auto high = get_u32(bytes.data() + 4);
    crc = t[7][low & 255] ^ t[6][(low >> 8) & 255] ^ t[5][(low >> 16) & 255] ^ t[4][low >> 24] ^ t[3][high & 255] ^
          t[2][(high >> 8) & 255] ^ t[1][(high >> 16) & 255] ^ t[0][high >> 24];
  }
  for (const auto byte : bytes) crc = (crc >> 8) ^ t[0][(crc ^ std::to_integer<std::uint32_t>(byte)) & 255];
  return ~crc;
}

}  // namespace cohort::journal::detail
