#include <cohort/pattern/pipeline/detail/loop_head.hpp>

#include <cstring>
#include <span>

namespace cohort::detail {

std::byte* way_back::room(const entry_head& head) {
  if (letter_.empty()) letter_.resize(sizeof head_);
  ++head_.items;
  return append_entry(letter_, head, {});
}

std::vector<std::byte> way_back::letter() {
  if (letter_.empty()) letter_.resize(sizeof head_);
  std::memcpy(letter_.data(), &head_, sizeof head_);
  head_ = {.hop = head_.hop};
  return std::exchange(letter_, {});
}

void loop_head::add(std::vector<std::byte>&& bytes) {
  back_head head;
  std::memcpy(&head, bytes.data(), sizeof head);
  under_way_[head.hop] -= static_cast<std::int64_t>(head.done);
  if (head.hop + 1 != under_way_.size()) under_way_[head.hop + 1] += static_cast<std::int64_t>(head.made);
  waiting_ += head.items;
  if (head.items != 0) letters_.push_back({std::move(bytes), sizeof head});
}

std::optional<entry_view> loop_head::next() {
  if (letters_.empty()) return std::nullopt;
  // The latest first: what an item becomes is done before the next one, so that few wait.
  auto& last = letters_.back();
  const auto entry = first_entry(std::span<const std::byte>{last.bytes}.subspan(last.read));
  last.read += entry.size();
  --waiting_;
  if (last.read == last.bytes.size()) {
    current_ = std::move(last);  // keeps the bytes where they are
    letters_.pop_back();
  }
  return entry;
}

}  // namespace cohort::detail
