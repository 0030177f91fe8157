#include "farm/join/desk.hpp"

#include <cohort/pattern/crew/clock.hpp>

#include "common/descriptor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <fcntl.h>
#include <filesystem>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <variant>

namespace cohort_farm {

using namespace std::chrono_literals;
namespace crew = cohort::crew;

namespace {

/// Leaves nothing there but outputs that have not been taken yet.
void clear_away(const std::string& directory) {
  std::error_code error;
  for (std::filesystem::directory_iterator each{directory, error}, end; !error && each != end;
       each.increment(error)) {
    const auto name = each->path().filename().string();
    const bool output = std::isdigit(static_cast<unsigned char>(name.front())) != 0;
    if (!output) (void)::unlink(each->path().c_str());
  }
}

}  // namespace

void desk::attend(crew::coordinator& crew, const remark& say) {
  for (auto& [own, who] : door_->look(std::chrono::steady_clock::now())) {
    const auto slots = who.slots;
    auto made = std::make_unique<guest>(own, std::move(who), ahead_, crew::now());
    const auto worker = crew.add_runner(*made, made->host());
    made->welcome(worker, std::exchange(next_slot_, next_slot_ + slots));
    if (say) say(fmt::format("{} has joined as rank {}, and runs {} at a time", made->host(), worker, slots));
    guests_.emplace(worker, entry{std::move(made), own, slots});
  }
  settle(crew, say);
}

void desk::settle(crew::coordinator& crew, const remark& say) {
  for (auto& [worker, each] : guests_) {
    if (!each.who) continue;
    each.slots = each.who->real_slots();
    switch (each.who->state()) {
      case guest::standing::here:
        break;
      case guest::standing::leaving:
        if (!std::exchange(each.draining, true)) crew.scheduler().drain(worker);
        break;
      case guest::standing::cut_off:
        if (!std::exchange(each.draining, true)) crew.scheduler().drain(worker);
        if (!std::exchange(each.cut_off, true)) clear_away(each.directory);  // from which it learns of it
        break;
      case guest::standing::left:
        crew.remove_runner(worker);
        if (say) say(fmt::format("rank {} on {} has left in order", worker, each.who->host()));
        each.who.reset();
        clear_away(each.directory);
        break;
      case guest::standing::lost:
        // What it was given ahead of its slots it had not begun: no loss to charge to those tasks.
        crew.scheduler().resize(worker, std::max(each.slots, std::uint32_t{1}));
        crew.lose_runner(worker, each.who->why());
        each.who.reset();
        clear_away(each.directory);
    }
  }
}

std::uint32_t desk::slots(cohort::dispatch::worker_id worker) const {
  return guests_.at(worker).slots;
}

void desk::ask(cohort::dispatch::worker_id worker, bytes_view text) {
  const auto& directory = guests_.at(worker).directory;
  const auto what = decode_request(text);
  if (const auto* done = std::get_if<release>(&what)) {
    for (const auto from : {stream::out, stream::err}) {
      (void)::unlink((directory + "/" + output_name(done->of, from)).c_str());
    }
  } else if (const auto* wanted = std::get_if<fetch>(&what)) {
    bytes data(static_cast<std::size_t>(std::min<std::uint64_t>(wanted->most, largest_chunk)));
    const cohort_apps::descriptor file{
        ::open((directory + "/" + output_name(wanted->of, wanted->from)).c_str(), O_RDONLY | O_CLOEXEC)};
    const auto got = file ? ::pread(file.get(), data.data(), data.size(), static_cast<off_t>(wanted->offset)) : 0;
    data.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    pieces_.push_back(encode(chunk{wanted->of, wanted->from, wanted->offset, data}));
  }
}

std::optional<bytes> desk::next_piece() {
  if (pieces_.empty()) return std::nullopt;
  auto result = std::move(pieces_.front());
  pieces_.pop_front();
  return result;
}

void desk::close(crew::coordinator& crew, std::chrono::nanoseconds patience) {
  for (auto& [worker, each] : guests_) {
    if (each.who) each.who->dismiss();
  }
  const auto here = [this] {
    return std::any_of(guests_.begin(), guests_.end(), [](const auto& each) {
      const auto& who = each.second.who;
      return who && who->silent(crew::now()) < who->lease();
    });
  };
  for (const auto until = crew::now() + patience; here() && crew::now() < until;) {
    crew.step(5ms);
    settle(crew, {});
  }
}

}  // namespace cohort_farm
