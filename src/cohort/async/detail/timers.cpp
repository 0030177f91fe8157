#include <cohort/async/detail/timers.hpp>

namespace cohort::detail {

void timers::add(timer& one, clock::time_point when) {
  heap_.push_back(&one);
  one.when_ = when;
  one.number_ = numbers_++;
  one.place_ = heap_.size() - 1;
  rise(one.place_);
}

void timers::remove(timer& one) noexcept {
  if (!one.set()) return;
  const auto place = one.place_;
  one.place_ = timer::unset;
  auto* const last = heap_.back();
  heap_.pop_back();
  if (last == &one) return;
  put(place, last);
  rise(place);
  sink(last->place_);
}

void timers::fire_due(clock::time_point now) noexcept {
  while (!heap_.empty() && next() <= now) {
    auto& due = *heap_.front();
    remove(due);
    due.fire();
  }
}

void timers::rise(std::size_t place) noexcept {
  auto* const one = heap_[place];
  for (; place != 0; place = (place - 1) / 2) {
    auto* const above = heap_[(place - 1) / 2];
    if (!before(*one, *above)) break;
    put(place, above);
  }
  put(place, one);
}

void timers::sink(std::size_t place) noexcept {
  auto* const one = heap_[place];
  for (;;) {
    auto child = 2 * place + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && before(*heap_[child + 1], *heap_[child])) ++child;
    if (!before(*heap_[child], *one)) break;
    put(place, heap_[child]);
    place = child;
  }
  put(place, one);
}

}  // namespace cohort::detail
