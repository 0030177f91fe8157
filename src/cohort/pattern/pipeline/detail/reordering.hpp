#pragma once

#include <cohort/pattern/pipeline/detail/parcel.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace cohort::detail {

/// Puts entries that come in any order back into that of their numbers. An item of a pipeline that may become
/// several, again and again on its way, is a tree; its leaves come one by one, with words that say where a branch
/// ends. The cursor is the number of the leaf that is due.
class reordering {
 public:
  explicit reordering(std::size_t depth) : cursor_(depth, 0) {}

  /// An entry of a letter, which stays as long as the entry does.
  void add(const std::shared_ptr<std::vector<std::byte>>& letter, const entry_view& entry);

  /// The next item in order, if it has come.
  struct held {
    std::shared_ptr<std::vector<std::byte>> letter;
    entry_view entry;
  };
  [[nodiscard]] std::optional<held> next();

  /// The first number of what is due: so many of the items that were counted have come to their end.
  [[nodiscard]] std::uint64_t completed() const noexcept { return cursor_.empty() ? 0 : cursor_.front(); }
  [[nodiscard]] bool empty() const noexcept { return waiting_.empty(); }

 private:
  void advance(const entry_head& head);

  order_path cursor_;
  std::map<order_path, held> waiting_;
};

}  // namespace cohort::detail
