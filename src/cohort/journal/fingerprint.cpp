#include <cohort/journal/detail/little_endian.hpp>
#include <cohort/journal/fingerprint.hpp>

#include <array>
#include <bit>
#include <cstring>

namespace cohort::journal {
namespace {

constexpr std::uint64_t c1 = 0x87c37b91114253d5;
constexpr std::uint64_t c2 = 0x4cf5ad432745937f;

std::uint64_t mixed_low(std::uint64_t k) noexcept {
  return std::rotl(k * c1, 31) * c2;
}

std::uint64_t mixed_high(std::uint64_t k) noexcept {
  return std::rotl(k * c2, 33) * c1;
}

std::uint64_t avalanche(std::uint64_t k) noexcept {
  k = (k ^ (k >> 33)) * 0xff51afd7ed558ccd;
  k = (k ^ (k >> 33)) * 0xc4ceb9fe1a85ec53;
  return k ^ (k >> 33);
}

}  // namespace

fingerprint fingerprint::with(std::span<const std::byte> part) const noexcept {
  auto h1 = low;
  auto h2 = high;
  const auto length = part.size();
  for (; part.size() >= 16; part = part.subspan(16)) {
    h1 = (std::rotl(h1 ^ mixed_low(detail::get_u64(part.data())), 27) + h2) * 5 + 0x52dce729;
    h2 = (std::rotl(h2 ^ mixed_high(detail::get_u64(part.data() + 8)), 31) + h1) * 5 + 0x38495ab5;
  }
  if (!part.empty()) {
    std::array<std::byte, 16> last{};
    std::memcpy(last.data(), part.data(), part.size());
    h2 ^= mixed_high(detail::get_u64(last.data() + 8));
    h1 ^= mixed_low(detail::get_u64(last.data()));
  }
  h1 ^= length;
  h2 ^= length;
  h1 += h2;
  h2 += h1;
  h1 = avalanche(h1);
  h2 = avalanche(h2);
  h1 += h2;
  return {h1, h2 + h1};
}

fingerprint fingerprint::with(std::uint64_t part) const noexcept {
  std::array<std::byte, 8> bytes{};
  detail::put_u64(bytes.data(), part);
  return with(bytes);
}

std::string to_string(const fingerprint& of) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const auto part : {of.high, of.low}) {
    for (int shift = 60; shift >= 0; shift -= 4) text += digits[(part >> shift) & 15];
  }
  return text;
}

}  // namespace cohort::journal
