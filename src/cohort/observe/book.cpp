#include <cohort/observe/detail/book.hpp>

#include <fmt/format.h>
#include <mpi.h>

#include <algorithm>
#include <array>
#include <numeric>

namespace cohort::observe::detail {

using cohort::detail::comm_state;
using cohort::detail::wait_kind;
using cohort::detail::wait_slot;

void book::join(wait_slot& slot) {
  const std::lock_guard lock{mutex_};
  slots_.push_back({&slot, 0, 0, false, clock::now()});
}

void book::quit(wait_slot& slot) noexcept {
  const std::lock_guard lock{mutex_};
  past_ += wait_slot::turn(slot.state.load(std::memory_order_relaxed));
  std::erase_if(slots_, [&](const watched_slot& one) { return one.slot == &slot; });
}

/// By calls of MPI that talk to nobody.
book::members book::learn(MPI_Comm comm) {
  int inter = 0;
  MPI_Group group = MPI_GROUP_NULL;
  MPI_Group world = MPI_GROUP_NULL;
  MPI_Comm_test_inter(comm, &inter);
  if (inter != 0) {
    MPI_Comm_remote_group(comm, &group);
  } else {
    MPI_Comm_group(comm, &group);
  }
  MPI_Comm_group(MPI_COMM_WORLD, &world);
  int n = 0;
  MPI_Group_size(group, &n);
  std::vector<int> here(static_cast<std::size_t>(n));
  std::iota(here.begin(), here.end(), 0);
  std::vector<int> there(here.size());
  MPI_Group_translate_ranks(group, n, here.data(), world, there.data());
  MPI_Group_free(&group);
  MPI_Group_free(&world);
  for (auto& each : there) each = each == MPI_UNDEFINED ? nobody_known : each;

  std::array<char, MPI_MAX_OBJECT_NAME> name{};
  int length = 0;
  MPI_Comm_get_name(comm, name.data(), &length);
  auto text = length > 0 ? std::string{name.data()}
                         : fmt::format("a{} communicator of {} ranks", inter != 0 ? "n inter" : "", n);
  // In Open MPI the number is the context, the same on all ranks of a communicator.
  return {std::move(text), MPI_Comm_c2f(comm), std::move(there)};
}

void book::open(const comm_state& world) {
  auto all = learn(world.comm);
  all.name = "world";
  const std::lock_guard lock{mutex_};
  comms_.insert_or_assign(world_id, std::move(all));
  world.watch_id = world_id;
}

unsigned book::enlist(const comm_state& comm) {
  if (comm.comm == MPI_COMM_NULL) return 0;
  auto all = learn(comm.comm);
  const std::lock_guard lock{mutex_};
  if (const auto id = comm.watch_id.load(); id != 0) return id;  // another thread was quicker
  comms_.emplace(++last_id_, std::move(all));
  comm.watch_id = last_id_;
  return last_id_;
}

void book::name(const comm_state& comm, const char* how, const comm_state& parent, const call_site& where) {
  const auto id = cohort::detail::enlisted(*this, comm);
  const auto of = cohort::detail::enlisted(*this, parent);
  const std::lock_guard lock{mutex_};
  const auto found = comms_.find(id);
  const auto above = comms_.find(of);
  if (found == comms_.end() || above == comms_.end()) return;
  const std::string file{where.file};
  const auto slash = file.find_last_of('/');
  found->second.name = fmt::format("{} of {} at {}:{}", how, above->second.name,
                                   slash == std::string::npos ? file : file.substr(slash + 1), where.line);
}

void book::strike(unsigned comm) noexcept {
  if (comm == world_id) return;
  const std::lock_guard lock{mutex_};
  comms_.erase(comm);
}

void book::look() {
  const std::lock_guard lock{mutex_};
  for (auto& one : slots_) {
    const auto turn = wait_slot::turn(one.slot->state.load(std::memory_order_acquire));
    const auto looks = one.slot->looks.load(std::memory_order_acquire);
    if (turn != one.turn) one.since = clock::now();
    one.looking = looks != one.looks;
    one.turn = turn;
    one.looks = looks;
  }
}

std::uint64_t book::moves() {
  const std::lock_guard lock{mutex_};
  return std::accumulate(slots_.begin(), slots_.end(), past_, [](std::uint64_t sum, const watched_slot& one) {
    return sum + wait_slot::turn(one.slot->state.load(std::memory_order_relaxed));
  });
}

step book::read(const wait_slot::item& item, std::vector<ranks_of>& comms, std::map<unsigned, int>& told) const {
  constexpr auto relaxed = std::memory_order_relaxed;
  const auto place = item.place.load(relaxed);
  const auto peer_and_tag = item.peer_and_tag.load(relaxed);
  step s{.operation = item.operation.load(relaxed),
         .what = static_cast<step::kind>(wait_slot::kind(place)),
         .comm = -1,
         .peer = nobody_known,
         .tag = wait_slot::low(peer_and_tag),
         .file = item.file.load(relaxed),
         .line = wait_slot::high(place)};
  const auto found = comms_.find(wait_slot::comm(place));
  if (found == comms_.end()) return s;
  const auto& [id, all] = *found;
  const auto [known, fresh] = told.try_emplace(id, static_cast<int>(comms.size()));
  if (fresh) comms.push_back({all.name, all.number, to_runs(all.ranks)});
  s.comm = known->second;
  const int peer = wait_slot::high(peer_and_tag);
  if (peer == MPI_ANY_SOURCE) s.peer = anybody;
  if (peer >= 0 && static_cast<std::size_t>(peer) < all.ranks.size())
    s.peer = all.ranks[static_cast<std::size_t>(peer)];
  return s;
}

thread_state book::state_of(const watched_slot& one, std::vector<ranks_of>& comms,
                            std::map<unsigned, int>& told) const {
  constexpr auto acquire = std::memory_order_acquire;
  const auto& slot = *one.slot;
  thread_state result;
  unsigned sends = 0;
  // What was written while it was read is read again; a thread that is that busy has moved anyhow.
  for (int attempt = 0; attempt != 5; ++attempt) {
    const auto state = slot.state.load(acquire);
    const auto turn = wait_slot::turn(state);
    const auto looks = slot.looks.load(acquire);
    result = {};
    sends = wait_slot::sends(state);
    const std::size_t first = wait_slot::first(state);
    const bool none_yet = slot.items[first].operation.load(acquire)[0] == '\0';
    const auto number = wait_slot::several(state) ? static_cast<std::size_t>(slot.number.load(acquire))
                        : none_yet                ? 0
                                                  : std::size_t{1};
    if (const auto* const several = slot.any_of.load(acquire); wait_slot::several(state) && several != nullptr)
      result.any_of = several;
    const auto there = std::min<std::size_t>(number, wait_slot::room);
    for (std::size_t i = 0; i != there && first + i < slot.items.size(); ++i)
      result.steps.push_back(read(slot.items[first + i], comms, told));
    result.more = static_cast<std::uint32_t>(number - there);
    for (auto i = std::size_t{wait_slot::room}; i != slot.items.size(); ++i) {
      if (wait_slot::kind(slot.items[i].place.load(acquire)) == wait_kind::sends)
        result.sent.push_back(read(slot.items[i], comms, told));
    }
    // What it completed since it last looked in vain was not a look.
    const bool looking = one.looking && turn == one.turn;
    result.does = (turn & 1U) != 0 ? thread_state::kind::waits
                  : looking        ? thread_state::kind::looks
                                   : thread_state::kind::outside;
    std::atomic_thread_fence(acquire);
    if (slot.state.load(acquire) == state && slot.looks.load(acquire) == looks && looks % 2 == 0) break;
  }
  // From the oldest on.
  std::rotate(result.sent.begin(),
              result.sent.begin() + static_cast<long>(sends % std::max<std::size_t>(result.sent.size(), 1)),
              result.sent.end());
  result.seconds = std::chrono::duration<double>(clock::now() - one.since).count();
  return result;
}

presence book::report(int rank, const std::string& host) {
  const std::lock_guard lock{mutex_};
  presence mine{.rank = rank, .host = host};
  std::map<unsigned, int> told;
  for (const auto& one : slots_) mine.threads.push_back(state_of(one, mine.comms, told));
  mine.moves = past_;
  for (const auto& one : slots_) mine.moves += wait_slot::turn(one.slot->state.load(std::memory_order_relaxed));
  return mine;
}

}  // namespace cohort::observe::detail
