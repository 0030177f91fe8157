// How a correspondent comes to be one: it goes in by the door, and waits until it is welcomed.
#include <cohort/pattern/crew/clock.hpp>

#include "farm/errors.hpp"
#include "farm/join/channel.hpp"
#include "farm/join/correspondent.hpp"
#include "farm/join/correspondent_shared.hpp"
#include "farm/join/door.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace cohort_farm {
namespace {

using namespace std::chrono_literals;
namespace crew = cohort::crew;

farm_error nobody(const std::string& journal, std::string_view why) {
  return farm_error{fmt::format(
      "there is no farm to join in {} ({}); start one with --journal {} first, or name the directory of "
      "its --journal, which must be on a file system that both see",
      journal, why, journal)};
}

/// The farm's card, as soon as there is one.
farm_card find_farm(const std::string& journal, cohort::dispatch::time_point until) {
  for (;;) {
    bytes file;
    const int error = read_file(farm_card_file(journal), file);
    if (error == 0) {
      if (auto found = decode_farm_card(file)) return *std::move(found);
    }
    if (crew::now() >= until) {
      struct stat about {};
      throw nobody(journal, ::stat(journal.c_str(), &about) != 0 ? std::strerror(errno)
                            : error == ENOENT || error == 0      ? "none runs there now"
                                                                 : std::strerror(error));
    }
    std::this_thread::sleep_for(50ms);
  }
}

/// Makes a directory whole, and then gives it its name. Returns errno.
int announce(const std::string& journal, const guest_card& who) {
  const auto name = join_directory(journal) + "/" + guest_name(who.salt);
  const auto made = join_directory(journal) + "/new-" + guest_name(who.salt);
  if (::mkdir(made.c_str(), 0777) != 0) return errno;
  int error = write_file(made + "/hello", encode(who));
  if (error == 0) error = make_first_page(made + "/orders");
  if (error == 0) error = make_first_page(made + "/reports");
  if (error == 0 && ::rename(made.c_str(), name.c_str()) != 0) error = errno;
  if (error != 0) remove_all(made);
  return error;
}

}  // namespace

correspondent::correspondent(const std::string& journal, std::uint32_t slots, const std::string& host,
                             std::chrono::nanoseconds patience) {
  const auto until = crew::now() + patience;
  for (;;) {
    auto farm = find_farm(journal, until);
    guest_card who{farm.run, random_number(), farm.lease, slots, host};
    const auto left = std::max<std::chrono::nanoseconds>(until - crew::now(), 0ns);
    shared_ = std::make_shared<shared>(journal, std::move(farm), who.salt);  // from here on its tenure counts
    const int error = announce(journal, who);
    if (error == 0 && welcomed(left)) break;
    if (error == 0) shared_->withdraw();
    if (error != 0 && error != ENOENT) {
      throw farm_error{
          fmt::format("cannot write to {} ({}), by which a farm is joined; have the one who runs the farm let you "
                      "write there, or check the disk",
                      join_directory(journal), std::strerror(error))};
    }
    if (crew::now() >= until) {
      throw nobody(journal,
                   "one did run there, but does not answer: it was killed, stands still, or has just ended");
    }
  }
  start();
}

/// The farm may have let it in just now: then it has left in order, and else never came. The directory remains for
/// the farm to remove.
void correspondent::shared::withdraw() {
  (void)::unlink((own + "/hello").c_str());
  crew::letter last;
  last.add(crew::word::bye);
  if (reports.write(last.take()) != 0) remove_all(own);
}

bool correspondent::welcomed(std::chrono::nanoseconds patience) {
  const auto until = std::min(crew::now() + patience, shared_->rights.end());
  while (crew::now() < until && !shared_->gone) {
    (void)shared_->read_all();
    shared_->look_at_card();
    for (const auto& letter : shared_->heard) {
      crew::letter_reader reader{letter};
      while (const auto entry = reader.next()) {
        if (entry->head.kind != crew::word::hello) continue;
        worker_ = static_cast<std::uint32_t>(entry->head.task);
        first_slot_ = entry->head.attempt;
        return true;
      }
    }
    std::this_thread::sleep_for(20ms);
  }
  return false;
}

}  // namespace cohort_farm
