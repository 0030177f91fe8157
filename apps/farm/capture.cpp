#include "farm/capture.hpp"

#include <algorithm>
#include <cstring>

namespace cohort_farm {

void capture::append(spill& where, bytes_view data) {
  if (error_ == 0 && memory_.size() + data.size() > keep_) flush(where);
  // After an error the beginning is what is kept: a gap in the middle would be worse.
  const auto room = error_ == 0 ? data.size() : keep_ - std::min(keep_, memory_.size());
  const auto taken = lost_ != 0 ? 0 : std::min(data.size(), room);
  memory_ += as_text(data.first(taken));
  lost_ += data.size() - taken;
}

void capture::settle(spill& where) {
  flush(where);
  memory_.shrink_to_fit();
}

void capture::flush(spill& where) {
  if (memory_.empty()) return;
  const int error = where.append(spilled_, as_bytes(memory_));
  if (error == 0) {
    memory_.clear();
  } else if (error_ == 0) {
    error_ = error;
  }
}

std::size_t capture::read(const spill& where, std::uint64_t offset, std::span<std::byte> into) const {
  std::size_t done = offset < spilled_.size ? where.read(spilled_, offset, into) : 0;
  offset += done;
  if (offset < spilled_.size || offset >= size()) return done;
  const auto from = static_cast<std::size_t>(offset - spilled_.size);
  const auto count = std::min(into.size() - done, memory_.size() - from);
  if (count != 0) std::memcpy(into.data() + done, memory_.data() + from, count);
  return done + count;
}

}  // namespace cohort_farm
