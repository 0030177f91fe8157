#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>
#include <vector>

/// What travels between two segments of a pipeline: letters of entries, each an item or a word about the order.
namespace cohort::detail {

/// The numbers that say where an item stands in the order: see segment::depth. A word about the order may have
/// fewer.
using order_path = std::vector<std::uint64_t>;

enum class entry_kind : std::uint32_t {
  item,
  skipped,  ///< there is no item with these numbers, and none that begins with them
  closed,   ///< nor any whose last number is this one or greater, the others being the same
  late      ///< an item that comes after all with numbers: a stage made it at its end
};
[[nodiscard]] constexpr bool is_item(entry_kind kind) noexcept {
  return kind == entry_kind::item || kind == entry_kind::late;
}

/// Stands before its numbers and its payload.
struct entry_head {
  std::uint64_t origin = 0;  ///< which of the source's items it comes from
  std::uint64_t bytes = 0;   ///< of the payload
  entry_kind kind = entry_kind::item;
  std::uint32_t numbers = 0;
};
static_assert(std::is_trivially_copyable_v<entry_head> && sizeof(entry_head) == 24);

/// Bytes of an entry in a letter.
[[nodiscard]] inline std::size_t entry_size(std::size_t numbers, std::size_t bytes) noexcept {
  return sizeof(entry_head) + numbers * sizeof(std::uint64_t) + bytes;
}

/// Appends all of an entry but its payload. Returns the place for that.
inline std::byte* append_entry(std::vector<std::byte>& letter, const entry_head& head,
                               std::span<const std::uint64_t> path) {
  const auto at = letter.size();
  letter.resize(at + entry_size(path.size(), head.bytes));
  auto* place = letter.data() + at;
  std::memcpy(place, &head, sizeof head);
  place += sizeof head;
  if (!path.empty()) std::memcpy(place, path.data(), path.size_bytes());
  return place + path.size_bytes();
}

/// An entry as it lies in a letter.
struct entry_view {
  entry_head head;
  std::span<const std::byte> numbers;  ///< as bytes: they may lie at any address
  std::span<const std::byte> payload;

  [[nodiscard]] std::size_t size() const noexcept { return entry_size(head.numbers, head.bytes); }
  void path_into(order_path& path) const {
    path.resize(head.numbers);
    if (!path.empty()) std::memcpy(path.data(), numbers.data(), numbers.size());
  }
};

/// The first entry of `bytes`, which hold one.
[[nodiscard]] inline entry_view first_entry(std::span<const std::byte> bytes) noexcept {
  entry_view entry;
  std::memcpy(&entry.head, bytes.data(), sizeof entry.head);
  bytes = bytes.subspan(sizeof entry.head);
  entry.numbers = bytes.first(entry.head.numbers * sizeof(std::uint64_t));
  entry.payload = bytes.subspan(entry.numbers.size(), entry.head.bytes);
  return entry;
}

}  // namespace cohort::detail
