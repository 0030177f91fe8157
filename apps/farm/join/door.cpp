#include "farm/join/door.hpp"

#include <cohort/pattern/crew/letter.hpp>

#include "farm/errors.hpp"
#include "farm/join/channel.hpp"
#include "farm/join/tenure.hpp"
#include "farm/report/progress.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <list>
#include <set>
#include <sys/stat.h>
#include <system_error>
#include <thread>
#include <utility>

namespace cohort_farm {
namespace {

using namespace std::chrono_literals;
using cohort::crew::word;

constexpr auto between_looks = 500ms;

/// `lease`: of one of another version, who is of an earlier run. What it says cannot be read, but it reads from the
/// card that another run has begun.
std::optional<guest_card> read_guest(const std::string& directory, std::chrono::nanoseconds lease) {
  try {
    bytes file;
    if (read_file(directory + "/hello", file) == 0) return decode_guest_card(file);
  } catch (const format_error&) {
    return guest_card{0, 0, lease, 1, "a host with another version of cohort-farm"};
  }
  return std::nullopt;
}

/// Where a farm's directory is while it is removed.
std::string aside(const std::string& directory) {
  return directory + ".over";
}

/// One that had joined an earlier run, and may still run its tasks.
class former_guest {
 public:
  former_guest(const std::string& directory, guest_card who)
      : host_{std::move(who.host)},
        lease_{std::clamp<std::chrono::nanoseconds>(who.lease, 0s, 24h)},
        // The earlier run has taken away the files that it had read.
        reports_{directory + "/reports", who.salt, first_page(directory + "/reports")} {}

  /// Whether it has said so, or has said nothing for a lease.
  [[nodiscard]] bool has_left() {
    bool any = false;
    bool bye = false;
    std::vector<bytes> found;
    try {
      bye = reports_.read(found) == ENOENT;
      for (const auto& letter : found) {
        cohort::crew::letter_reader reader{letter};
        while (const auto entry = reader.next()) {
          any = true;
          bye = bye || entry->head.kind == word::bye;
        }
      }
    } catch (const format_error&) {  // nobody knows what it says
    }
    const auto now = std::chrono::steady_clock::now();
    if (any) until_ = now + lease_;
    return bye || now >= until_;
  }

  [[nodiscard]] const std::string& host() const noexcept { return host_; }
  [[nodiscard]] std::chrono::nanoseconds lease() const noexcept { return lease_; }

 private:
  std::string host_;
  std::chrono::nanoseconds lease_;
  incoming reports_;
  std::chrono::steady_clock::time_point until_ = std::chrono::steady_clock::now() + lease_;
};

std::string waiting_for(const std::list<former_guest>& all) {
  std::chrono::nanoseconds longest{0};
  std::set<std::string> hosts;
  for (const auto& each : all) {
    longest = std::max(longest, each.lease());
    hosts.insert(each.host());
  }
  return fmt::format("waiting up to {} for {} on {} that had joined the earlier run and may still run its tasks",
                     readable_seconds(std::chrono::duration<double>(longest).count()),
                     all.size() == 1 ? std::string{"one"} : std::to_string(all.size()), fmt::join(hosts, ", "));
}

}  // namespace

void remove_all(const std::string& directory) noexcept {
  std::error_code ignored;
  std::filesystem::remove_all(directory, ignored);
}

door::door(const std::string& journal, farm_card card, const std::function<void(const std::string&)>& remark)
    : directory_{join_directory(journal)}, card_{std::move(card)} {
  remove_all(aside(directory_));
  int error = ::mkdir(directory_.c_str(), 0777) == 0 || errno == EEXIST ? 0 : errno;
  if (error == 0) error = knock();  // who has joined an earlier run learns from this that it is over
  if (error != 0) {
    throw farm_error{
        fmt::format("cannot write to {} ({}), by which others may join this run; check the permissions of that "
                    "directory and its disk",
                    directory_, std::strerror(error))};
  }
  wait_for_guests(remark);
}

/// First it gets another name: nobody who still writes there, or comes just now, makes a file while it is emptied.
door::~door() {
  const auto last = aside(directory_);
  remove_all(::rename(directory_.c_str(), last.c_str()) == 0 ? last : directory_);
}

/// Those of an earlier run must have ended before their tasks may run again. When it ends, they know by themselves.
void door::wait_for_guests(const std::function<void(const std::string&)>& remark) {
  std::vector<std::string> old;
  std::list<former_guest> left;
  for (const auto& name : names()) {
    const auto own = directory_ + "/" + name;
    if (!is_guest_name(name)) {
      if (name != "farm") old.push_back(own);
      continue;
    }
    auto who = read_guest(own, card_.lease);
    if (!who || who->run == card_.run) continue;  // it is just coming, to this run
    old.push_back(own);
    left.emplace_back(own, *std::move(who));
  }
  std::erase_if(left, [](auto& each) { return each.has_left(); });
  if (!left.empty() && remark) remark(waiting_for(left));
  while (!left.empty()) {
    (void)knock();
    std::this_thread::sleep_for(50ms);
    std::erase_if(left, [](auto& each) { return each.has_left(); });
  }
  for (const auto& each : old) remove_all(each);
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
