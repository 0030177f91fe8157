#include <cohort/serial/detail/state.hpp>

#include <unordered_map>
#include <vector>

namespace cohort::serial::detail {

namespace {

using key = std::pair<const void*, const void*>;

struct hash_of_key {
  std::size_t operator()(const key& k) const noexcept {
    return std::hash<const void*>{}(k.first) * 31 + std::hash<const void*>{}(k.second);
  }
};

struct shared_object {
  std::shared_ptr<void> object;
  const void* type;
};

}  // namespace

class save_state::map : public std::unordered_map<key, std::uint64_t, hash_of_key> {};
class load_state::list : public std::vector<shared_object> {};

save_state::save_state() noexcept = default;
save_state::save_state(save_state&& other) noexcept = default;
save_state& save_state::operator=(save_state&& other) noexcept = default;
save_state::~save_state() = default;

std::pair<std::uint64_t, bool> save_state::number(const void* address, const void* type) {
  if (!numbers_) numbers_ = cohort::detail::owned<map>::make();
  const auto [at, first] = numbers_->try_emplace(key{address, type}, numbers_->size() + 1);
  return {at->second, first};
}

void save_state::forget() noexcept {
  numbers_.reset();
}

load_state::load_state() noexcept = default;
load_state::load_state(load_state&& other) noexcept = default;
load_state& load_state::operator=(load_state&& other) noexcept = default;
load_state::~load_state() = default;

bool load_state::is_next(std::uint64_t number) const noexcept {
  return number == (objects_ ? objects_->size() : 0) + 1;
}

std::size_t load_state::reserve(const void* type) {
  if (!objects_) objects_ = cohort::detail::owned<list>::make();
  objects_->push_back({nullptr, type});
  return objects_->size() - 1;
}

void load_state::set(std::size_t place, std::shared_ptr<void> object) {
  (*objects_)[place].object = std::move(object);
}

const std::shared_ptr<void>& load_state::find(std::uint64_t number, const void* type) const {
  if (!objects_ || number > objects_->size()) throw_malformed("a shared_ptr to an object that has not come");
  const auto& found = (*objects_)[static_cast<std::size_t>(number) - 1];
  if (found.type != type) throw_malformed("a shared_ptr to an object of another type");
  if (!found.object) throw_malformed("a shared_ptr to an object that is not yet made");
  return found.object;
}

}  // namespace cohort::serial::detail
