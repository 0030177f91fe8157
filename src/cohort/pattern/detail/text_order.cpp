#include <cohort/pattern/detail/text_order.hpp>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <utility>

namespace cohort::detail {
namespace {

/// A string, and what of it follows a depth at which those that it is compared with are equal.
struct text_place {
  std::uint64_t key;
  std::string* text;
};

/// Seven bytes, the first one highest, then how many bytes are left, or eight for more than seven. So of two keys
/// the lower one is that of the lower string, and equal keys of at most seven bytes are those of equal strings.
class text_key {
 public:
  static constexpr std::size_t bytes = 7;

  explicit text_key(bool falling) noexcept : flip_{falling ? ~std::uint64_t{0} : 0} {}

  [[nodiscard]] std::uint64_t of(const std::string& text, std::size_t depth) const noexcept {
    const auto left = std::min(text.size() - depth, bytes + 1);
    std::uint64_t key = 0;
    if (left != 0) std::memcpy(&key, text.data() + depth, left);
    if constexpr (std::endian::native == std::endian::little) key = __builtin_bswap64(key);
    return ((key & ~std::uint64_t{0xff}) | left) ^ flip_;
  }
  /// Strings of this key may differ behind it.
  [[nodiscard]] bool goes_on(std::uint64_t key) const noexcept { return ((key ^ flip_) & 0xff) == bytes + 1; }

 private:
  std::uint64_t flip_;
};

/// How many bytes all of these begin with alike. They do with `from` of them.
std::size_t common_prefix(std::span<const text_place> places, std::size_t from) noexcept {
  const std::string& first = *places.front().text;
  std::size_t common = first.size();
  for (const auto& place : places.subspan(1)) {
    const std::string& text = *place.text;
    if (common == from) break;
    if (text.size() >= common && std::memcmp(first.data() + from, text.data() + from, common - from) == 0) continue;
    const auto most = std::min(common, text.size());
    common = static_cast<std::size_t>(
        std::mismatch(first.data() + from, first.data() + most, text.data() + from).first - first.data());
  }
  return common;
}

/// A depth at a time, those first that are equal up to it.
void sort_places(std::span<text_place> all, bool falling) {
  struct group {
    std::span<text_place> places;
    std::size_t depth;
  };
  const text_key key{falling};
  std::vector<group> left{{all, 0}};
  while (!left.empty()) {
    const auto places = left.back().places;
    const auto depth = common_prefix(places, left.back().depth);
    left.pop_back();
    for (auto& place : places) place.key = key.of(*place.text, depth);
    std::sort(places.begin(), places.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
    for (auto first = places.begin(); first != places.end();) {
      auto last = std::next(first);
      while (last != places.end() && last->key == first->key) ++last;
      if (last - first > 1 && key.goes_on(first->key)) left.push_back({{first, last}, depth + text_key::bytes});
      first = last;
    }
  }
}

[[nodiscard]] std::vector<text_place> places_of(std::span<std::string> texts) {
  std::vector<text_place> places;
  places.reserve(texts.size());
  for (auto& text : texts) places.push_back({0, &text});
  return places;
}

[[nodiscard]] std::vector<std::string> taken(std::span<const text_place> places) {
  std::vector<std::string> texts;
  texts.reserve(places.size());
  for (const auto& place : places) texts.push_back(std::move(*place.text));
  return texts;
}

}  // namespace

void sort_texts(std::span<std::string> texts, bool falling) {
  if (texts.size() < 2) return;
  auto places = places_of(texts);
  sort_places(places, falling);
  auto sorted = taken(places);
  std::move(sorted.begin(), sorted.end(), texts.begin());
}

std::vector<std::string> merge_texts(std::span<std::string> runs, std::vector<std::size_t> begins, bool falling) {
  if (runs.empty()) return {};
  auto places = places_of(runs);
  // What the least and the greatest of all begin with alike, those between them do too.
  std::vector<text_place> ends;
  for (std::size_t r = 0; r + 1 != begins.size(); ++r) {
    if (begins[r] == begins[r + 1]) continue;
    ends.push_back(places[begins[r]]);
    ends.push_back(places[begins[r + 1] - 1]);
  }
  const auto depth = common_prefix(ends, 0);
  const text_key key{falling};
  for (auto& place : places) place.key = key.of(*place.text, depth);
  const auto before = [&](const text_place& a, const text_place& b) {
    if (a.key != b.key || !key.goes_on(a.key)) return a.key < b.key;
    constexpr auto rest = std::string::npos;
    const auto order = a.text->compare(depth + text_key::bytes, rest, *b.text, depth + text_key::bytes, rest);
    return falling ? order > 0 : order < 0;
  };
  std::vector<text_place> other(places.size());
  const auto* const merged = merge_runs(places.data(), other.data(), std::move(begins), before);
  return taken({merged, places.size()});
}

}  // namespace cohort::detail
