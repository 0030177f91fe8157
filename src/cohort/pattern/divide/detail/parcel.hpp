#pragma once

#include <cohort/core/buffer.hpp>
#include <cohort/pattern/divide/detail/mail.hpp>
#include <cohort/pattern/divide/detail/strand.hpp>
#include <cohort/serial/pack.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <type_traits>
#include <vector>

namespace cohort::detail {

/// What stands before each problem and each result in a letter.
struct parcel_head {
  divide_origin origin;
  std::uint64_t depth = 0;
  std::int64_t took = 0;    ///< of a result: nanoseconds, 0 if they are not known
  std::uint64_t bytes = 0;  ///< that follow
};
static_assert(std::is_trivially_copyable_v<parcel_head>);

/// Writes `what` behind its head; returns the end.
template <class T>
std::byte* pack_parcel(std::byte* to, const parcel_head& head, const T& what) {
  std::memcpy(to, &head, sizeof head);
  return serial::pack_to(to + sizeof head, what);
}

template <class P>
[[nodiscard]] buffer<std::byte> pack_problems(const std::vector<loose_piece<P>>& pieces) {
  std::vector<std::size_t> sizes;
  std::size_t bytes = 0;
  for (const auto& piece : pieces)
    bytes += sizeof(parcel_head) + sizes.emplace_back(serial::packed_size(piece.problem));
  buffer<std::byte> letter(bytes);
  auto* at = letter.data();
  for (std::size_t i = 0; i != pieces.size(); ++i) {
    at = pack_parcel(at, {.origin = pieces[i].origin, .depth = pieces[i].depth, .bytes = sizes[i]},
                     pieces[i].problem);
  }
  return letter;
}

template <class R>
void pack_result(divide_mail& mail, const divide_origin& origin, std::size_t depth, std::int64_t took,
                 const R& result) {
  const auto bytes = serial::packed_size(result);
  pack_parcel(mail.place_result(origin.rank, sizeof(parcel_head) + bytes),
              {.origin = origin, .depth = depth, .took = took, .bytes = bytes}, result);
  mail.placed();
}

/// Reads a letter: each head, then what belongs to it.
class parcel_reader {
 public:
  explicit parcel_reader(const buffer<std::byte>& letter) noexcept : left_{letter.data(), letter.size()} {}

  std::optional<parcel_head> next() {
    if (left_.size() < sizeof(parcel_head)) return std::nullopt;
    parcel_head head;
    std::memcpy(&head, left_.data(), sizeof head);
    bytes_ = head.bytes;
    left_ = left_.subspan(sizeof head);
    return head;
  }
  template <class T>
  [[nodiscard]] T unpack() {
    T result{};
    serial::unpack_into(left_.first(bytes_), result);
    left_ = left_.subspan(bytes_);
    return result;
  }

 private:
  std::span<const std::byte> left_;
  std::size_t bytes_ = 0;
};

}  // namespace cohort::detail
