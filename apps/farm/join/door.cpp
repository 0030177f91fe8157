#include "farm/join/door.hpp"

#include <cohort/pattern/crew/letter.hpp>

#include "farm/errors.hpp"
#include "farm/join/channel.hpp"
#include "farm/join/tenure.hpp"
#include "farm/report/progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <sys/stat.h>
#include <system_error>
#include <thread>
#include <utility>

namespace cohort_farm {
namespace {

using namespace std::chrono_literals;
using cohort::crew::word;

constexpr auto between_looks = 500ms;

/// What a guest of an earlier run says; whether something, and whether that it has left.
struct last_words {
  bool any = false;
  bool bye = false;
};
last_words listen(incoming& from) {
  last_words result;
  std::vector<bytes> found;
  result.bye = from.read(found) == ENOENT;
  for (const auto& letter : found) {
    cohort::crew::letter_reader reader{letter};
    while (const auto entry = reader.next()) {
      result.any = true;
      result.bye = result.bye || entry->head.kind == word::bye;
    }
  }
  return result;
}

}  // namespace

void remove_all(const std::string& directory) noexcept {
  std::error_code ignored;
  std::filesystem::remove_all(directory, ignored);
}

door::door(const std::string& journal, farm_card card, const std::function<void(const std::string&)>& remark)
    : directory_{join_directory(journal)}, card_{std::move(card)} {
  int error = ::mkdir(directory_.c_str(), 0777) == 0 || errno == EEXIST ? 0 : errno;
  if (error == 0) error = knock();  // who has joined an earlier run learns from this that it is over
  if (error != 0) {
    throw farm_error{
        fmt::format("cannot write to {} ({}), by which others may join this run; check the permissions of that "
                    "directory and its disk",
                    directory_, std::strerror(error))};
  }
  for (const auto& name : names()) {
    if (is_guest_name(name)) wait_for(name, remark);
    if (name != "farm") remove_all(directory_ + "/" + name);
  }
}

door::~door() {
  remove_all(directory_);
}

/// Of an earlier run: it must have ended before its tasks may run again. When it ends, it knows by itself.
void door::wait_for(const std::string& name, const std::function<void(const std::string&)>& remark) {
  const auto own = directory_ + "/" + name;
  bytes file;
  std::optional<guest_card> who;
  try {
    if (read_file(own + "/hello", file) == 0) who = decode_guest_card(file);
  } catch (const format_error&) {  // of another version
  }
  if (!who || who->run == card_.run) return;  // it has not come, or has just come to this run
  const auto lease = std::clamp<std::chrono::nanoseconds>(who->lease, 0s, 24h);
  // The earlier run has taken away the files that it had read.
  incoming reports{own + "/reports", who->salt, first_page(own + "/reports")};
  bool said = false;
  for (auto until = std::chrono::steady_clock::now() + lease;;) {
    const auto now = std::chrono::steady_clock::now();
    last_words heard;
    try {
      heard = listen(reports);
    } catch (const format_error&) {
    }
    if (heard.bye) return;
    if (heard.any) until = now + lease;
    if (now >= until) return;
    if (!std::exchange(said, true) && remark) {
      remark(
          fmt::format("waiting up to {} for one on {} that had joined the earlier run and may still run its tasks",
                      readable_seconds(std::chrono::duration<double>(lease).count()), who->host));
    }
    (void)knock();
    std::this_thread::sleep_for(50ms);
  }
}

int door::knock() {
  ++card_.beat;
  return write_file(directory_ + "/farm", encode(card_));
}

std::vector<std::string> door::names() const {
  std::vector<std::string> result;
  std::error_code error;
  for (std::filesystem::directory_iterator each{directory_, error}, end; !error && each != end;
       each.increment(error)) {
    result.push_back(each->path().filename().string());
  }
  std::sort(result.begin(), result.end());
  return result;
}

std::vector<door::arrival> door::look(time_point now) {
  std::vector<arrival> result;
  if (now < next_) return result;
  next_ = now + between_looks;
  if (knock() != 0) return result;  // a full disk, say: those who are here will leave, or it passes
  auto here = names();
  std::erase_if(here, [](const auto& name) { return !is_guest_name(name); });
  for (const auto& name : here) {
    if (known_.contains(name)) continue;
    const auto own = directory_ + "/" + name;
    bytes file;
    try {
      if (read_file(own + "/hello", file) != 0) continue;  // not yet, or not at this moment
      auto who = decode_guest_card(file);
      if (who && who->run == card_.run) result.push_back({own, *std::move(who)});
    } catch (const format_error&) {  // of another version: it finds out by itself
    }
    known_.insert(name);  // for good: a listing may fail halfway, and nobody comes twice
  }
  return result;
}

}  // namespace cohort_farm
