#include <cohort/core/detail/loss.hpp>
#include <cohort/core/finalize_hook.hpp>

#include <mpi.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <mutex>
#include <thread>
#include <unistd.h>

namespace cohort::detail {
namespace {

using namespace std::chrono_literals;

/// What was sent last may still be on its way through MPI's own buffers.
constexpr auto linger = 300ms;
/// For MPI_Finalize, which never returns if a rank is lost unnoticed. A rank that is only late is not waited for
/// longer: nobody needs anything of it any more.
constexpr auto patience = 30s;

std::atomic<bool> expected{false};
std::atomic<bool> noted{false};
std::atomic<void (*)(int)> hook{nullptr};
std::atomic<pid_t> owner{0};  ///< of the hook

/// What on_exit calls when all that was registered later has run.
void leave(int status, void*) {
  tell_end(status);
  if (!noted) return;
  std::cout.flush();
  (void)std::fflush(nullptr);
  ::_exit(status);
}

/// Before the constructors of the program's static objects (101 is the first priority that programs may use).
[[gnu::constructor(101)]] void register_leave() {
  (void)::on_exit(&leave, nullptr);
}

void wait_a_moment() noexcept {
  int came = 0;
  for (const auto until = std::chrono::steady_clock::now() + linger; std::chrono::steady_clock::now() < until;) {
    MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_SELF, &came, MPI_STATUS_IGNORE);
    std::this_thread::sleep_for(1ms);
  }
}

/// If one rank calls MPI_Abort while others are in MPI_Finalize, mpirun 4.1.4 hangs or crashes in one run of thirty
/// on a busy machine (in PMIx_server_finalize). In a barrier they may be ended at any time. Whoever waits for long
/// sleeps, as MPI_Finalize does.
void meet_all() noexcept {
  constexpr int busy_turns = 1000;
  MPI_Request all = MPI_REQUEST_NULL;
  if (MPI_Ibarrier(MPI_COMM_WORLD, &all) != MPI_SUCCESS) return;
  for (int turn = 0, done = 0;; ++turn) {
    if (MPI_Test(&all, &done, MPI_STATUS_IGNORE) != MPI_SUCCESS || done != 0) return;
    if (turn < busy_turns) {
      std::this_thread::yield();
    } else {
      std::this_thread::sleep_for(100us);
    }
  }
}

/// In a thread of its own, which is left alone if it is not back in time.
void finalize_for_a_while() {
  struct progress {
    std::mutex mutex;
    std::condition_variable changed;
    bool done = false;
  };
  const auto how_far = std::make_shared<progress>();
  std::thread{[how_far] {
    meet_all();  // as all the others do
    MPI_Finalize();
    const std::lock_guard lock{how_far->mutex};
    how_far->done = true;
    how_far->changed.notify_all();
  }}.detach();
  std::unique_lock lock{how_far->mutex};
  if (!how_far->changed.wait_for(lock, patience, [&] { return how_far->done; })) note_loss();
}

}  // namespace

void expect_losses() noexcept {
  struct sigaction now {};
  if (::sigaction(SIGPIPE, nullptr, &now) == 0 && (now.sa_flags & SA_SIGINFO) == 0 && now.sa_handler == SIG_DFL)
    (void)std::signal(SIGPIPE, SIG_IGN);
  expected = true;
}

bool losses_expected() noexcept {
  return expected;
}

void note_loss() noexcept {
  noted = true;
}

bool loss_noted() noexcept {
  return noted.load(std::memory_order_relaxed);
}

bool completes_in_time(MPI_Request& raw, bool receives, std::chrono::nanoseconds most) noexcept {
  static std::atomic<bool> in_vain{false};
  if (receives) MPI_Cancel(&raw);
  const auto until =
      std::chrono::steady_clock::now() + (in_vain ? std::min<std::chrono::nanoseconds>(most, 50ms) : most);
  for (int done = 0;;) {
    MPI_Test(&raw, &done, MPI_STATUS_IGNORE);
    if (done != 0) return true;
    if (std::chrono::steady_clock::now() >= until) break;
    std::this_thread::sleep_for(1ms);
  }
  if (most > 0ns) in_vain = true;
  return false;
}

void end_mpi() noexcept {
  if (loss_noted()) return wait_a_moment();
  if (losses_expected() && hook.load() != nullptr) {
    try {
      return finalize_for_a_while();
    } catch (...) {  // NOLINT(bugprone-empty-catch): no thread is to be had
    }
  }
  meet_all();
  MPI_Finalize();
}

void at_end(void (*what)(int status)) noexcept {
  owner = ::getpid();
  hook = what;
}

void tell_end(int status) noexcept {
  if (auto* const what = hook.load(); what != nullptr && owner == ::getpid()) what(status);
}

}  // namespace cohort::detail
