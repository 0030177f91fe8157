// Journals: bytes as they come, and the same with right checksums, which no fuzzer guesses.

#include <cohort/journal/detail/crc32c.hpp>
#include <cohort/journal/detail/format.hpp>
#include <cohort/journal/detail/little_endian.hpp>
#include <cohort/journal/detail/scan.hpp>
#include <cohort/journal/error.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

namespace {

namespace journal = cohort::journal;
using namespace cohort::journal::detail;

void require(bool condition) {
  if (!condition) std::abort();
}

void read(std::span<const std::byte> bytes) {
  memory_source from{bytes, "journal"};
  try {
    const auto header = read_header(from, nullptr);
    if (!header) return;
    std::uint64_t records = 0;
    std::uint64_t next = header_bytes;
    const auto found = scan(from, *header, [&](const journal::record& each) {
      ++records;
      require(each.offset >= next && each.kind != 0 && each.kind < journal::first_reserved_kind);
      next = each.offset + head_bytes + padded(each.bytes.size());
      require(next <= bytes.size());
    });
    require(found.records == records && found.end >= next && found.end + found.torn == bytes.size());
  } catch (const journal::journal_error&) {
  }
}

/// Makes a journal of bytes that look like one.
std::vector<std::byte> checksummed(std::span<const std::byte> bytes) {
  constexpr std::uint64_t salt = 7;
  const auto header = encode(file_header{format_version, {}, salt});
  std::vector<std::byte> all(bytes.begin(), bytes.end());
  if (all.size() < header_bytes) return all;
  std::copy(header.begin(), header.end(), all.begin());
  std::array<std::byte, 8> salted{};
  put_u64(salted.data(), salt);
  const auto begin = crc32c(salted);
  for (std::size_t at = header_bytes; all.size() - at >= head_bytes;) {
    const std::span head{all.data() + at, head_bytes};
    const auto left = all.size() - at - head_bytes;
    const auto length = padded(get_u32(head.data() + 12));
    // An odd kind keeps its wrong checksum.
    if ((get_u32(head.data() + 8) & 1) == 0) {
      const auto payload = std::span{all}.subspan(at + head_bytes, std::min<std::size_t>(length, left));
      put_u32(head.data() + 4, crc32c(payload, crc32c(head.subspan(8), begin)));
      put_u32(head.data(), crc32c(head.subspan(4), begin));
    }
    if (length > left) break;
    at += head_bytes + static_cast<std::size_t>(length);
  }
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span{data, size});
  read(bytes);
  read(checksummed(bytes));
  return 0;
}
