#include "farm/join/correspondent.hpp"

#include <cohort/pattern/crew/clock.hpp>

#include "common/descriptor.hpp"
#include "farm/errors.hpp"
#include "farm/join/channel.hpp"
#include "farm/join/correspondent_shared.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <deque>
#include <fcntl.h>
#include <mutex>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace cohort_farm {
namespace {

using namespace std::chrono_literals;
namespace crew = cohort::crew;
using crew::word;

constexpr auto shortest_pause = 2ms;
constexpr auto longest_pause = 50ms;
constexpr std::size_t most_in_letter = std::size_t{1} << 20;

int write_at(const std::string& file, std::uint64_t at, bytes_view data) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  if (fd < 0) return errno;
  int error = 0;
  while (!data.empty() && error == 0) {
    const auto wrote = ::pwrite(fd, data.data(), data.size(), static_cast<off_t>(at));
    if (wrote > 0) {
      data = data.subspan(static_cast<std::size_t>(wrote));
      at += static_cast<std::size_t>(wrote);
    } else if (wrote == 0 || errno != EINTR) {
      error = wrote == 0 ? ENOSPC : errno;
    }
  }
  if (::close(fd) != 0 && error == 0 && errno != EINTR) error = errno;
  return error;
}

}  // namespace

/// One look at all; whether there was something.
bool correspondent::shared::round() {
  bool any = false;
  {
    const std::lock_guard held{mutex};
    any = !to_say.empty();
    for (auto& each : to_say) leaving.push_back(std::move(each));
    to_say.clear();
    if (const auto beat = rights.beat(crew::now())) {
      crew::letter sign;
      sign.add(word::beat, {}, static_cast<std::int64_t>(*beat));
      unwritten += sign.size();
      leaving.push_back({{}, 0, sign.take()});
    }
  }
  const int error = write_all();
  any = read_all() || any;
  look_at_card();
  const std::lock_guard held{mutex};
  if (error == ENOENT) {  // nobody will read it
    gone = true;
    leaving.clear();
    unwritten = 0;
    for (const auto& each : to_say) unwritten += each.data.size();
  }
  problem = error != 0 ? std::strerror(error) : std::string{};
  if (leaving.empty()) news.notify_all();
  return any;
}

int correspondent::shared::write_all() {
  std::size_t wrote = 0;
  int error = 0;
  while (!leaving.empty() && error == 0) {
    auto& first = leaving.front();
    error = first.file.empty() ? reports.write(first.data) : write_at(own + "/" + first.file, first.at, first.data);
    if (error != 0) break;
    wrote += first.data.size();
    leaving.pop_front();
  }
  const std::lock_guard held{mutex};
  unwritten -= wrote;
  return error;
}

bool correspondent::shared::read_all() {
  std::vector<bytes> found;
  int error = 0;
  try {
    error = orders.read(found);
  } catch (const format_error&) {
    error = ENOENT;  // nothing that it says can be relied on
  }
  const std::lock_guard held{mutex};
  if (error == ENOENT) gone = true;
  for (auto& letter : found) {
    crew::letter_reader reader{letter};
    while (const auto entry = reader.next()) {
      if (entry->head.kind == word::beat) rights.said_back(static_cast<std::uint64_t>(entry->head.number));
    }
    heard.push_back(std::move(letter));
  }
  return !found.empty();
}

/// Another run may have begun on the same journal.
void correspondent::shared::look_at_card() {
  if (crew::now() < next_look_at_card) return;
  next_look_at_card = crew::now() + 1s;
  bytes file;
  if (read_file(farm_card_file(journal), file) != 0) return;  // the channels tell whether it is gone
  try {
    const auto now = decode_farm_card(file);
    if (!now || now->run == farm.run) return;
  } catch (const format_error&) {
  }
  const std::lock_guard held{mutex};
  gone = true;
}

void correspondent::correspond(const std::shared_ptr<shared>& with) {
  auto pause = std::chrono::nanoseconds{shortest_pause};
  for (;;) {
    const bool any = with->round();
    pause = any ? shortest_pause : std::min<std::chrono::nanoseconds>(2 * pause, longest_pause);
    std::unique_lock held{with->mutex};
    if (with->closing) break;
    with->news.wait_for(held, pause, [&] { return with->closing || !with->to_say.empty(); });
  }
  const std::lock_guard held{with->mutex};
  with->ended = true;
  with->news.notify_all();
}

/// The rank has not noticed in an eighth of a lease that its tenure is over: it stands still.
void correspondent::watch(const std::shared_ptr<shared>& over) {
  const auto patience = over->farm.lease / 8;
  std::unique_lock held{over->mutex};
  while (!over->closing && !over->stood_down) {
    if (crew::now() > over->rights.end() + patience) {
      constexpr std::string_view text = "cohort-farm: this process stands still, and its farm with it; it ends\n";
      (void)!::write(STDERR_FILENO, text.data(), text.size());
      ::kill(::getpid(), SIGKILL);
    }
    over->news.wait_for(held, std::max<std::chrono::nanoseconds>(patience / 4, 50ms));
  }
}

void correspondent::start() {
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);  // signals are for the rank's own thread
  std::thread{correspond, shared_}.detach();
  std::thread{watch, shared_}.detach();
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

correspondent::~correspondent() {
  std::unique_lock held{shared_->mutex};
  shared_->closing = true;
  shared_->news.notify_all();
  shared_->news.wait_for(held, 2s, [this] { return shared_->ended; });
}

const farm_card& correspondent::farm() const noexcept {
  return shared_->farm;
}

void correspondent::say(crew::letter&& what) {
  if (what.empty()) return;
  const std::lock_guard held{shared_->mutex};
  shared_->unwritten += what.size();
  auto& to = shared_->to_say;
  auto more = what.take();
  if (!to.empty() && to.back().file.empty() && to.back().data.size() + more.size() <= most_in_letter) {
    to.back().data.insert(to.back().data.end(), more.begin(), more.end());
  } else {
    to.push_back({{}, 0, std::move(more)});
  }
  shared_->news.notify_all();
}

void correspondent::write(std::string name, std::uint64_t at, bytes data) {
  const std::lock_guard held{shared_->mutex};
  shared_->unwritten += data.size();
  shared_->to_say.push_back({std::move(name), at, std::move(data)});
  shared_->news.notify_all();
}

std::size_t correspondent::waiting() const {
  const std::lock_guard held{shared_->mutex};
  return shared_->unwritten;
}

std::vector<bytes> correspondent::hear() {
  const std::lock_guard held{shared_->mutex};
  return std::exchange(shared_->heard, {});
}

correspondent::standing correspondent::look() const {
  const std::lock_guard held{shared_->mutex};
  if (shared_->gone) return standing::gone;
  return crew::now() >= shared_->rights.end() ? standing::over : standing::member;
}

void correspondent::stand_down() {
  const std::lock_guard held{shared_->mutex};
  shared_->stood_down = true;
  shared_->news.notify_all();
}

std::string correspondent::problem() const {
  const std::lock_guard held{shared_->mutex};
  return shared_->problem;
}

bool correspondent::leave(std::chrono::nanoseconds patience) {
  crew::letter last;
  last.add(word::bye);
  say(std::move(last));
  std::unique_lock held{shared_->mutex};
  shared_->news.wait_for(held, patience, [this] { return shared_->unwritten == 0 || shared_->ended; });
  return shared_->unwritten == 0;
}

}  // namespace cohort_farm
