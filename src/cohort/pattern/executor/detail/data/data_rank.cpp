#include <cohort/core/error.hpp>
#include <cohort/pattern/executor/detail/data/data_rank.hpp>
#include <cohort/pattern/executor/detail/nested_note.hpp>

#include <algorithm>
#include <cstring>
#include <exception>
#include <optional>
#include <utility>

namespace cohort::detail {

void data_rank::say(data_note::kind what, std::uint64_t number, std::uint64_t offset, const block_place& place,
                    std::span<const std::byte> text) const {
  data_note note;
  note.what = what;
  note.number = number;
  note.offset = offset;
  note.place = place;
  say_(note, text);
}

found_block data_rank::find(data_name what) {
  std::unique_lock lock{mutex_};
  auto& known = arrays_[what.number];
  if (known == nullptr) {
    try {
      say(data_note::kind::ask, what.number);
    } catch (...) {
      arrays_.erase(what.number);
      throw;
    }
    known = std::make_shared<array>();
  }
  const auto of = known;
  for (;;) {
    switch (of->is) {
      case array::phase::to_fetch:
        make_room(lock, *of, what.number);
        break;
      case array::phase::told:
        open(lock, *of, what.number);
        break;
      case array::phase::here:
        return seen(of->block);
      case array::phase::lost:
        throw error{of->fault};
      case array::phase::ended:
        throw_not_shared(what);
      default:
        if (closed_) {
          throw error{
              "executor: a task that was left behind looks for shared data (the executor has ended); make tasks "
              "end "
              "by themselves"};
        }
        news_.wait(lock);
    }
  }
}

/// In the thread of the task that wants it, since it takes time.
void data_rank::make_room(std::unique_lock<std::mutex>& lock, array& of, std::uint64_t number) {
  of.is = array::phase::fetching;
  const auto bytes = static_cast<std::size_t>(of.place.bytes);
  lock.unlock();
  std::optional<node_block> made;
  std::string fault;
  try {
    made.emplace(bytes);
  } catch (const std::exception& e) {
    fault = e.what();
  }
  lock.lock();
  if (of.is != array::phase::fetching) return;  // it has ended meanwhile
  if (!made) {
    of.is = array::phase::lost;
    of.fault = fault;
    arrays_.erase(number);  // who looks later asks again
    news_.notify_all();
    say(data_note::kind::failed, number, 0, {}, std::as_bytes(std::span{fault}));
    return;
  }
  of.block = std::move(*made);
  for (std::size_t i = 0; i != data_pieces; ++i) ask_for_next(of, number);
  if (bytes == 0) complete(of, number);
}

void data_rank::open(std::unique_lock<std::mutex>& lock, array& of, std::uint64_t number) {
  of.is = array::phase::opening;
  const auto place = of.place;
  lock.unlock();
  std::optional<node_block> found;
  std::string fault;
  try {
    found = node_block::find(place);
  } catch (const std::exception& e) {
    fault = e.what();
  }
  lock.lock();
  if (of.is != array::phase::opening) return;  // it has ended meanwhile
  if (!fault.empty()) {
    of.is = array::phase::lost;
    of.fault = fault;
    arrays_.erase(number);
  } else if (found) {
    of.block = std::move(*found);
    of.is = array::phase::here;
  } else {
    of.is = array::phase::asked;
    say(data_note::kind::alone, number);
  }
  news_.notify_all();
}

void data_rank::ask_for_next(array& of, std::uint64_t number) const {
  if (of.asked_for == of.place.bytes) return;
  say(data_note::kind::more, number, of.asked_for);
  of.asked_for = std::min<std::uint64_t>(of.asked_for + data_piece, of.place.bytes);
}

void data_rank::complete(array& of, std::uint64_t number) {
  of.block.seal();
  of.is = array::phase::here;
  say(data_note::kind::whole, number, 0, of.block.place());
  news_.notify_all();
}

void data_rank::take_piece(array& of, const data_note& head, std::span<const std::byte> piece) {
  if (of.is != array::phase::fetching) return;
  std::memcpy(of.block.data() + head.offset, piece.data(), piece.size());
  of.come += piece.size();
  ask_for_next(of, head.number);
  if (of.come == of.place.bytes) complete(of, head.number);
}

void data_rank::hear(std::span<const std::byte> text) {
  const auto head = take_head<data_note>(text);
  const std::lock_guard lock{mutex_};
  const auto found = arrays_.find(head.number);
  if (found == arrays_.end()) return;
  auto& of = *found->second;
  switch (head.what) {
    case data_note::kind::fetch:
      of.place = head.place;
      of.is = array::phase::to_fetch;
      break;
    case data_note::kind::at:
      of.place = head.place;
      of.is = array::phase::told;
      break;
    case data_note::kind::piece:
      take_piece(of, head, text);
      return;
    case data_note::kind::lost:
      of.fault.assign(reinterpret_cast<const char*>(text.data()), text.size());
      of.is = array::phase::lost;
      arrays_.erase(found);
      break;
    default:
      of.is = array::phase::ended;
      retire(std::move(of.block));
      arrays_.erase(found);
  }
  news_.notify_all();
}

void data_rank::close() {
  const std::lock_guard lock{mutex_};
  closed_ = true;
  news_.notify_all();
}

}  // namespace cohort::detail
