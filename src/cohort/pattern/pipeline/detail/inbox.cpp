#include <cohort/pattern/pipeline/detail/inbox.hpp>

#include <span>
#include <utility>

namespace cohort::detail {

inbox::inbox(std::size_t depth) {
  if (depth != 0) order_.emplace(depth);
}

std::optional<inbox::taken> inbox::add(std::size_t sender, std::vector<std::byte>&& bytes) {
  auto kept = std::make_shared<std::vector<std::byte>>(std::move(bytes));
  if (!order_) {
    letters_.push_back({std::move(kept), 0, sender});
    return std::nullopt;
  }
  taken all{.sender = sender, .items = 0, .bytes = kept->size()};
  for (std::span<const std::byte> left{*kept}; !left.empty(); ++all.items) {
    const auto entry = first_entry(left);
    order_->add(kept, entry);
    left = left.subspan(entry.size());
  }
  return all;
}

std::optional<entry_view> inbox::next(std::optional<taken>& took) {
  took.reset();
  if (order_) {
    if (auto due = order_->next()) {
      current_ = std::move(due->letter);
      return due->entry;
    }
    return std::nullopt;
  }
  if (letters_.empty()) return std::nullopt;
  auto& first = letters_.front();
  const auto entry = first_entry(std::span<const std::byte>{*first.bytes}.subspan(first.read));
  first.read += entry.size();
  took = {.sender = first.sender, .items = 1, .bytes = entry.size()};
  current_ = first.bytes;
  if (first.read == first.bytes->size()) letters_.pop_front();
  return entry;
}

void inbox::clear() {
  letters_.clear();
  current_.reset();
}

}  // namespace cohort::detail
