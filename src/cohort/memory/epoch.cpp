#include <cohort/core/detail/waiting.hpp>
#include <cohort/memory/detail/rma.hpp>
#include <cohort/memory/epoch.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace cohort {
namespace detail {

epoch_core::~epoch_core() {
  if (win_ == nullptr) return;
  const bool others_may_not_come = std::uncaught_exceptions() > exceptions_;
  const bool needs_others = kind_ == access_kind::fence || kind_ == access_kind::start;
  if (!mpi_active() || (others_may_not_come && needs_others)) return;
  end({});
}

const win_state& epoch_core::opened(const char* routine, const call_site& where) const {
  if (win_ == nullptr || (win_->win == MPI_WIN_NULL && !win_->alone())) {
    throw argument_error{
        fmt::format("{} (called at {}:{}): the epoch is over (it was closed, or MPI has ended); "
                    "begin another",
                    routine, where.file, where.line)};
  }
  return *win_;
}

const win_state& epoch_core::reach(const char* routine, remote& there, const call_site& where) const {
  const auto& win = opened(routine, where);
  if (kind_ == access_kind::lock) {
    if (there.target == unset) there.target = locked_;
    if (there.target != locked_) {
      throw argument_error{
          fmt::format("{} on rank {} (called at {}:{}): target {} is not locked (this epoch holds the "
                      "lock of rank {}); lock it too, or use lock_all()",
                      routine, win.rank, where.file, where.line, there.target, locked_)};
    }
  } else if (kind_ == access_kind::start &&
             std::find(started.begin(), started.end(), there.target) == started.end()) {
    throw argument_error{
        fmt::format("{} on rank {} (called at {}:{}): target {} is not in the group of start() (an "
                    "epoch reaches only the ranks that it names); name it there",
                    routine, win.rank, where.file, where.line, there.target)};
  }
  return win;
}

void epoch_core::fence(const call_site& where) {
  const auto& win = opened("fence", where);
  const wait_scope busy{where, "fence"};
  if (!win.alone()) win.check(MPI_Win_fence(0, win.win), "MPI_Win_fence", where);
}

void epoch_core::flush(int target, bool local, const call_site& where) const {
  const auto& win = opened(local ? "flush_local" : "flush", where);
  if (kind_ == access_kind::lock) target = locked_;
  if (target != unset) (void)win.locate(local ? "flush_local" : "flush", {target, 0}, 0, where);
  if (win.alone()) return;
  const wait_scope busy{where, local ? "flush_local" : "flush"};
  if (target == unset) {
    win.check(local ? MPI_Win_flush_local_all(win.win) : MPI_Win_flush_all(win.win),
              local ? "MPI_Win_flush_local_all" : "MPI_Win_flush_all", where);
  } else {
    win.check(local ? MPI_Win_flush_local(target, win.win) : MPI_Win_flush(target, win.win),
              local ? "MPI_Win_flush_local" : "MPI_Win_flush", where, target);
  }
}

void epoch_core::sync(const call_site& where) const {
  const auto& win = opened("sync", where);
  if (!win.alone()) win.check(MPI_Win_sync(win.win), "MPI_Win_sync", where);
}

const char* epoch_core::closing() const noexcept {
  switch (kind_) {
    case access_kind::fence:
      return "MPI_Win_fence";
    case access_kind::lock:
      return "MPI_Win_unlock";
    case access_kind::lock_all:
      return "MPI_Win_unlock_all";
    default:
      return "MPI_Win_complete";
  }
}

int epoch_core::end(const call_site& where) noexcept {
  auto& win = *std::exchange(win_, nullptr);
  win.close();
  if (win.win == MPI_WIN_NULL) return MPI_SUCCESS;
  const wait_scope busy{where, closing()};
  switch (kind_) {
    case access_kind::fence:
      return MPI_Win_fence(MPI_MODE_NOSUCCEED, win.win);
    case access_kind::lock:
      return MPI_Win_unlock(locked_, win.win);
    case access_kind::lock_all:
      return MPI_Win_unlock_all(win.win);
    default:
      return MPI_Win_complete(win.win);
  }
}

void epoch_core::close(const call_site& where) {
  if (win_ == nullptr) return;
  const auto& win = *win_;
  win.check(end(where), closing(), where, kind_ == access_kind::lock ? locked_ : mpi_error::context::absent);
}

rank_group::rank_group(const win_state& win, std::span<const int> ranks, const char* routine,
                       const call_site& where) {
  for (const int each : ranks) (void)win.locate(routine, {each, 0}, 0, where);
  if (win.alone()) return;
  MPI_Group all = MPI_GROUP_NULL;
  win.check(MPI_Win_get_group(win.win, &all), "MPI_Win_get_group", where);
  const int code = MPI_Group_incl(all, static_cast<int>(ranks.size()), ranks.data(), &group_);
  MPI_Group_free(&all);
  win.check(code, "MPI_Group_incl", where);
}

rank_group::~rank_group() {
  if (group_ != MPI_GROUP_NULL && group_ != MPI_GROUP_EMPTY) MPI_Group_free(&group_);
}

}  // namespace detail

exposure_epoch::exposure_epoch(detail::win_state& win, std::span<const int> origins, const call_site& where)
    : win_{&win} {
  const detail::rank_group group{win, origins, "post", where};
  win.open_exposure("post", where);
  if (win.alone()) return;
  const int code = MPI_Win_post(group.native(), 0, win.win);
  if (code != MPI_SUCCESS) win.close_exposure();
  win.check(code, "MPI_Win_post", where);
}

exposure_epoch::~exposure_epoch() {
  if (win_ == nullptr || !detail::mpi_active() || std::uncaught_exceptions() > exceptions_) return;
  win_->close_exposure();
  const detail::wait_scope busy{call_site{}, "MPI_Win_wait"};
  if (win_->win != MPI_WIN_NULL) MPI_Win_wait(win_->win);
}

bool exposure_epoch::test(call_site where) {
  if (win_ == nullptr) return true;
  int done = 1;
  if (win_->win != MPI_WIN_NULL) win_->check(MPI_Win_test(win_->win, &done), "MPI_Win_test", where);
  if (done != 0) std::exchange(win_, nullptr)->close_exposure();
  return done != 0;
}

void exposure_epoch::wait(call_site where) {
  if (win_ == nullptr) return;
  auto& win = *std::exchange(win_, nullptr);
  win.close_exposure();
  const detail::wait_scope busy{where, "MPI_Win_wait"};
  if (win.win != MPI_WIN_NULL) win.check(MPI_Win_wait(win.win), "MPI_Win_wait", where);
}

}  // namespace cohort
