#include <cohort/core/group.hpp>
#include <cohort/pattern/crew/gang/seat_desk.hpp>
#include <cohort/pattern/crew/gang/seat_note.hpp>

#include <array>
#include <cstring>

namespace cohort::crew {

std::optional<communicator> seat_desk::take(job seat, const std::atomic<bool>& stop, const say& tell) {
  tell(write_seat_note({seat_word::begun, 0, seat}));
  call mine;
  {
    const std::pair key{seat.task, seat.attempt};
    std::unique_lock lock{mutex_};
    news_.wait(lock, [&] { return calls_.contains(key) || stop; });
    const auto found = calls_.find(key);
    if (found == calls_.end()) return std::nullopt;
    mine = std::move(found->second);  // also if it was stopped since: the others are on their way
    calls_.erase(found);
  }
  auto result = made(mine);
  const std::lock_guard lock{mutex_};
  kept_.emplace(mine.serial, result);
  return result;
}

communicator seat_desk::made(const call& of) const {
  // Members of several gangs may be at it at the same time. Tags that letters have are left out: Open MPI sends
  // messages with this one.
  constexpr std::uint64_t first = 16;
  constexpr std::uint64_t tags = 30000;
  return comm_create_group(lane_, group{lane_}.include(of.members), static_cast<int>(first + of.serial % tags));
}

communicator seat_desk::alone() const {
  const std::array<int, 1> me{lane_.rank()};
  return comm_create_group(lane_, group{lane_}.include(me));
}

bool seat_desk::hear(std::span<const std::byte> text) {
  const auto note = read_seat_note(text);
  if (!note) return false;
  communicator freed;
  const std::lock_guard lock{mutex_};
  if (note->what == seat_word::go) {
    call what{note->serial, std::vector<int>(text.size() / sizeof(int))};
    std::memcpy(what.members.data(), text.data(), text.size());
    calls_.insert_or_assign({note->seat.task, note->seat.attempt}, std::move(what));
    news_.notify_all();
  } else if (const auto kept = kept_.find(note->serial); kept != kept_.end()) {
    freed = std::move(kept->second);
    kept_.erase(kept);
  }
  return true;
}

void seat_desk::stopped() {
  const std::lock_guard lock{mutex_};
  news_.notify_all();
}

}  // namespace cohort::crew
