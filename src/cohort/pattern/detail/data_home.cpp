#include <cohort/core/error.hpp>
#include <cohort/pattern/detail/data_home.hpp>

#include <fmt/format.h>

#include <array>
#include <limits>
#include <map>
#include <random>
#include <utility>

namespace cohort::detail {
namespace {

/// A handle is a number, so that it travels in whatever captures it; what it stands for is a matter of the process.
struct homes {
  std::mutex mutex;
  std::map<std::uint64_t, std::shared_ptr<data_home>> by_run;
  std::atomic<std::uint64_t> epoch{1};  ///< other than before when something found may be gone
};

homes& of_this_process() {
  static homes all;
  return all;
}

std::shared_ptr<data_home> home_of(data_name what) {
  auto& all = of_this_process();
  const std::lock_guard lock{all.mutex};
  auto found = all.by_run.find(what.run);
  if (found == all.by_run.end()) found = all.by_run.find(0);
  if (found == all.by_run.end() || what.run == 0) throw_not_shared(what);
  return found->second;
}

/// What a thread found last.
struct found_data {
  data_name what;
  std::uint64_t epoch = 0;
  const std::byte* data = nullptr;
};

}  // namespace

void data_home::retire(node_block&& block) {
  {
    const std::lock_guard lock{retired_mutex_};
    retired_.push_back(std::move(block));
    any_retired_ = true;
  }
  forget_found();
}

void data_home::quiet() noexcept {
  if (!any_retired_) return;
  std::vector<node_block> going;
  const std::lock_guard lock{retired_mutex_};
  going.swap(retired_);
  any_retired_ = false;
}

enrolled::enrolled(std::uint64_t run, std::shared_ptr<data_home> home) : run_{run}, in_{true} {
  auto& all = of_this_process();
  const std::lock_guard lock{all.mutex};
  all.by_run[run] = std::move(home);
}

enrolled::~enrolled() {
  if (!in_) return;
  std::shared_ptr<data_home> last;  // ends without the lock
  auto& all = of_this_process();
  {
    const std::lock_guard lock{all.mutex};
    const auto found = all.by_run.find(run_);
    last = std::move(found->second);
    all.by_run.erase(found);
  }
  forget_found();
}

std::size_t shared_bytes(std::size_t n, std::size_t each) {
  if (n <= static_cast<std::size_t>(std::numeric_limits<std::ptrdiff_t>::max()) / each) return n * each;
  throw error{fmt::format(
      "shared data of {} elements of {} bytes (no memory has so many bytes); look where the length comes from", n,
      each)};
}

std::uint64_t new_run() {
  std::random_device random;
  std::uint64_t run = 0;
  while (run == 0) run = (std::uint64_t{random()} << 32U) | random();
  return run;
}

const std::byte* find_data(data_name what) {
  constexpr std::size_t remembered = 8;
  thread_local std::array<found_data, remembered> found{};
  auto& slot = found[(what.run ^ what.number) % remembered];
  // Read first: what is found after a change is remembered as from before it, which costs a look.
  const auto epoch = of_this_process().epoch.load(std::memory_order_acquire);
  if (slot.what == what && slot.epoch == epoch) return slot.data;
  const auto* const data = home_of(what)->find(what).data;
  slot = {what, epoch, data};
  return data;
}

block_place find_place(data_name what) {
  return home_of(what)->find(what).place;
}

void forget_found() noexcept {
  of_this_process().epoch.fetch_add(1, std::memory_order_acq_rel);
}

void throw_not_shared(data_name what) {
  throw argument_error{
      what.run == 0
          ? "shared_data: nothing is shared (the handle was made from nothing); take what share() returns"
          : "shared_data: the data are not shared any more, or not with this process (they end with unshare(), or "
            "with the executor or object that shared them); use them before"};
}

}  // namespace cohort::detail
