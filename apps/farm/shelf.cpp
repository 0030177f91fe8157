#include "farm/shelf.hpp"

#include <utility>

namespace cohort_farm {

shelf::item shelf::put(completion&& how) {
  item result{std::move(how), {}, {}};
  auto& kept = result.how;
  const auto size = kept.out.size() + kept.err.size();
  if (used_ + size > room_ && size != 0) {
    // If the disk is full too the output stays in memory: nothing is lost for want of room elsewhere.
    if (spill_.append(result.out, as_bytes(kept.out)) == 0 && spill_.append(result.err, as_bytes(kept.err)) == 0) {
      kept.out = {};
      kept.err = {};
      return result;
    }
    spill_.clear(result.out);
    spill_.clear(result.err);
  }
  used_ += size;
  return result;
}

completion shelf::take(item&& what) {
  auto result = std::move(what.how);
  const auto fetch = [this](spill::extent& from, std::string& to) {
    to.resize(static_cast<std::size_t>(from.size));
    (void)spill_.read(from, 0, std::as_writable_bytes(std::span{to}));
    spill_.clear(from);
  };
  if (what.out.size + what.err.size != 0) {
    fetch(what.out, result.out);
    fetch(what.err, result.err);
  } else {
    used_ -= result.out.size() + result.err.size();
  }
  return result;
}

}  // namespace cohort_farm
