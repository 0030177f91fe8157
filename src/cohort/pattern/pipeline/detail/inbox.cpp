#include <cohort/pattern/pipeline/detail/inbox.hpp>

#include <span>
#include <utility>

namespace cohort::detail {

inbox::inbox(std::size_t depth, std::size_t senders) : late_(senders) {
  if (depth != 0) order_.emplace(depth);
}

std::optional<inbox::taken> inbox::add(std::size_t sender, std::vector<std::byte>&& bytes) {
  letter one{std::make_shared<std::vector<std::byte>>(std::move(bytes)), 0, sender};
  if (!order_ || released_) {
    letters_.push_back(std::move(one));
    return std::nullopt;
  }
  taken all{.sender = sender, .items = 0, .bytes = 0};
  for (; one.read != one.bytes->size(); ++all.items) {
    const auto entry = first_entry(std::span<const std::byte>{*one.bytes}.subspan(one.read));
    if (entry.head.kind == entry_kind::late) {
      hold(std::move(one));
      break;
    }
    order_->add(one.bytes, entry);
    one.read += entry.size();
    all.bytes += entry.size();
  }
  return all.items == 0 ? std::nullopt : std::optional{all};
}

std::optional<entry_view> inbox::next(std::optional<taken>& took) {
  took.reset();
  if (order_ && !released_) {
    if (auto due = order_->next()) {
      current_ = std::move(due->letter);
      return due->entry;
    }
    return std::nullopt;
  }
  while (!letters_.empty()) {
    auto& first = letters_.front();
    const auto entry = first_entry(std::span<const std::byte>{*first.bytes}.subspan(first.read));
    if (entry.head.kind == entry_kind::late && !released_) {
      hold(std::move(first));
      letters_.pop_front();
      continue;
    }
    first.read += entry.size();
    took = {.sender = first.sender, .items = 1, .bytes = entry.size()};
    current_ = first.bytes;
    if (first.read == first.bytes->size()) letters_.pop_front();
    return entry;
  }
  return std::nullopt;
}

void inbox::hold(letter&& from) {
  late_[from.sender] = true;
  held_.push_back(std::move(from));
}

void inbox::release() {
  released_ = true;
  letters_.swap(held_);
}

void inbox::clear() {
  letters_.clear();
  held_.clear();
  current_.reset();
}

}  // namespace cohort::detail
