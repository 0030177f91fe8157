#include <cohort/pattern/pipeline/detail/reordering.hpp>

#include <utility>

namespace cohort::detail {

void reordering::add(const std::shared_ptr<std::vector<std::byte>>& letter, const entry_view& entry) {
  order_path path;
  entry.path_into(path);
  path.resize(cursor_.size(), 0);
  waiting_.emplace(std::move(path), held{letter, entry});
}

std::optional<reordering::held> reordering::next() {
  while (!waiting_.empty() && waiting_.begin()->first == cursor_) {
    auto due = std::move(waiting_.begin()->second);
    waiting_.erase(waiting_.begin());
    advance(due.entry.head);
    if (due.entry.head.kind == entry_kind::item) return due;
  }
  return std::nullopt;
}

void reordering::advance(const entry_head& head) {
  if (head.kind == entry_kind::closed) {
    cursor_[head.numbers - 1] = 0;
    ++cursor_[head.numbers - 2];
  } else {
    ++cursor_[head.numbers - 1];
  }
}

}  // namespace cohort::detail
