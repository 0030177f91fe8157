// What a farm and those that join it say to each other through files, and when each takes the other for lost.
#include <cohort/pattern/crew/clock.hpp>
#include <cohort/pattern/crew/letter.hpp>

#include "farm/errors.hpp"
#include "farm/join/card.hpp"
#include "farm/join/channel.hpp"
#include "farm/join/correspondent.hpp"
#include "farm/join/door.hpp"
#include "farm/join/guest.hpp"
#include "farm/join/tenure.hpp"
#include "farm_test_support.hpp"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <memory>
#include <sys/resource.h>
#include <thread>

namespace {

using namespace farm_test;
using namespace cohort_farm;
namespace crew = cohort::crew;
using crew::word;

bytes letter_of(word kind, job of = {}, std::int64_t number = 0, bytes_view payload = {},
                report::kind what = report::kind::note) {
  crew::letter made;
  made.add(kind, of, number, payload, what);
  return made.take();
}

bytes some(std::size_t n, int value) {
  return bytes(n, static_cast<std::byte>(value));
}

std::vector<bytes> all_of(incoming& from) {
  std::vector<bytes> found;
  EXPECT_EQ(from.read(found), 0);
  return found;
}

/// While it lives, no file of this process grows beyond so much, as on a full disk.
class file_limit {
 public:
  explicit file_limit(rlim_t most) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit now{most, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &now);
  }
  file_limit(const file_limit&) = delete;
  file_limit& operator=(const file_limit&) = delete;
  ~file_limit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, usual_);
  }

 private:
  void (*usual_)(int) = ::signal(SIGXFSZ, SIG_IGN);
  rlimit before_{};
};

/// A guest's directory with both channels, as somebody who joins makes it.
struct own_place {
  explicit own_place(const std::string& in) : directory{in} {
    std::filesystem::create_directories(directory);
    EXPECT_EQ(make_first_page(directory + "/orders"), 0);
    EXPECT_EQ(make_first_page(directory + "/reports"), 0);
  }
  std::string directory;
};

TEST(JoinChannel, CarriesLettersInTheirOrder) {
  const scratch folder;
  const auto file = folder.path("c");
  ASSERT_EQ(make_first_page(file), 0);
  outgoing to{file, 5};
  incoming from{file, 5};
  EXPECT_TRUE(all_of(from).empty());
  const auto first = letter_of(word::run, {1, 2}, 0, some(3, 7));
  const auto large = letter_of(word::run, {3, 0}, 0, some(300'000, 8));
  EXPECT_EQ(to.write(first), 0);
  EXPECT_EQ(to.write(large), 0);
  EXPECT_EQ(all_of(from), (std::vector<bytes>{first, large}));
  EXPECT_TRUE(all_of(from).empty());
  EXPECT_EQ(to.write(first), 0);
  EXPECT_EQ(all_of(from), std::vector<bytes>(1, first));
}

TEST(JoinChannel, ShowsNoLetterThatIsNotWhole) {
  const scratch folder;
  const auto file = folder.path("c");
  ASSERT_EQ(make_first_page(file), 0);
  outgoing to{file, 5};
  const auto said = letter_of(word::run, {1, 2}, 0, some(40, 7));
  ASSERT_EQ(to.write(said), 0);
  ASSERT_EQ(to.write(said), 0);
  const auto whole = contents(page_file(file, 0));
  const auto one = whole.size() / 2;
  for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
    put(page_file(file, 0), whole.substr(0, cut));
    incoming from{file, 5};
    EXPECT_EQ(all_of(from).size(), cut / one) << cut;
    // Zeros, as a file system may show before the bytes are there.
    put(page_file(file, 0), whole.substr(0, cut) + std::string(whole.size() - cut, '\0'));
    EXPECT_LE(all_of(from).size(), 2 - cut / one);
    put(page_file(file, 0), whole);
    EXPECT_LE(all_of(from).size(), 2 - cut / one);
    incoming again{file, 5};
    EXPECT_EQ(all_of(again).size(), 2U);
  }
  incoming others{file, 6};
  EXPECT_TRUE(all_of(others).empty());  // not meant for it
}

TEST(JoinChannel, TurnsToANewFileAndRemovesTheOld) {
  const scratch folder;
  const auto file = folder.path("c");
  ASSERT_EQ(make_first_page(file), 0);
  outgoing to{file, 5, 1000};
  incoming from{file, 5};
  std::size_t got = 0;
  for (int i = 0; i != 100; ++i) {
    ASSERT_EQ(to.write(letter_of(word::run, {static_cast<std::uint64_t>(i), 0}, 0, some(100, i))), 0);
    if (i % 30 != 29) continue;
    for (const auto& each : all_of(from)) {
      crew::letter_reader reader{each};
      EXPECT_EQ(reader.next().value().head.task, got++);
    }
  }
  got += all_of(from).size();
  EXPECT_EQ(got, 100U);
  std::size_t files = 0;
  for (const auto& each : std::filesystem::directory_iterator{folder.path()}) files += each.exists() ? 1 : 0;
  EXPECT_EQ(files, 1U);
}

TEST(JoinChannel, GoesOnWhereATurnWasReadThoughItsAttemptHadFailed) {
  const scratch folder;
  const auto file = folder.path("c");
  ASSERT_EQ(make_first_page(file), 0);
  outgoing to{file, 5, 100};
  incoming from{file, 5};
  const auto first = letter_of(word::run, {1, 0}, 0, some(100, 7));
  const auto next = letter_of(word::run, {2, 0}, 0, some(100'000, 8));
  ASSERT_EQ(to.write(first), 0);
  const auto written = std::filesystem::file_size(page_file(file, 0));
  auto twin = to;
  const auto writes_with_limit = [](outgoing& by, const bytes& what, std::uintmax_t limit) {
    const file_limit full{limit};
    return by.write(what);
  };
  EXPECT_EQ(writes_with_limit(to, next, written), EFBIG);  // not even the turn
  EXPECT_EQ(all_of(from), std::vector<bytes>(1, first));
  // The turn is there, though its writer does not know; the reader goes on to the next file.
  EXPECT_EQ(writes_with_limit(twin, next, written + 1000), EFBIG);
  EXPECT_TRUE(all_of(from).empty());
  EXPECT_FALSE(std::filesystem::exists(page_file(file, 0)));
  EXPECT_EQ(to.write(next), 0);
  EXPECT_EQ(all_of(from), std::vector<bytes>(1, next));
}

TEST(JoinChannel, LosesNothingAndTellsNothingTwiceWhereTheDiskIsFullForAWhile) {
  const scratch folder;
  const auto file = folder.path("c");
  ASSERT_EQ(make_first_page(file), 0);
  outgoing to{file, 5, 400};
  incoming from{file, 5};
  std::vector<bytes> sent;
  std::vector<bytes> found;
  int refused = 0;
  for (int i = 0; i != 60; ++i) {
    sent.push_back(letter_of(word::run, {static_cast<std::uint64_t>(i), 0}, 0, some(100, i)));
    {
      const file_limit full{static_cast<rlim_t>(i * 37 % 600)};
      if (to.write(sent.back()) == 0) continue;
    }
    ++refused;
    if (i % 2 == 0) {
      EXPECT_EQ(from.read(found), 0);  // what is not whole
    }
    EXPECT_EQ(to.write(sent.back()), 0);
  }
  EXPECT_EQ(from.read(found), 0);
  EXPECT_GT(refused, 10);
  EXPECT_EQ(found, sent);
}

TEST(JoinChannel, IsReadFromTheFirstFileThatIsLeft) {
  const scratch folder;
  const auto file = folder.path("c");
  EXPECT_EQ(first_page(file), 0U);
  ASSERT_EQ(make_first_page(file), 0);
  EXPECT_EQ(first_page(file), 0U);
  outgoing to{file, 5, 100};
  const auto said = letter_of(word::run, {1, 2}, 0, some(100, 7));
  for (int i = 0; i != 12; ++i) ASSERT_EQ(to.write(said), 0);
  for (std::uint64_t page = 0; page != 9; ++page) std::filesystem::remove(page_file(file, page));
  EXPECT_EQ(first_page(file), 9U);  // and not 10, whose name comes before
  incoming from{file, 5, 9};
  EXPECT_EQ(all_of(from).size(), 3U);
}

TEST(JoinChannel, SaysWhenItIsGone) {
  const scratch folder;
  const auto file = folder.path("c");
  outgoing to{file, 5};
  incoming from{file, 5};
  std::vector<bytes> found;
  EXPECT_EQ(to.write(letter_of(word::beat)), ENOENT);
  EXPECT_EQ(from.read(found), ENOENT);
}

TEST(JoinChannel, RefusesWhatIsNoLetter) {
  const auto good = letter_of(word::report, {1, 2}, 3, some(20, 7), report::kind::failed);
  EXPECT_NO_THROW(check_letter(good));
  for (std::size_t cut = 1; cut != good.size(); ++cut) {
    EXPECT_THROW(check_letter(bytes_view{good}.first(cut)), format_error) << cut;
  }
  auto bad = good;
  bad[offsetof(crew::item, kind)] = std::byte{99};
  EXPECT_THROW(check_letter(bad), format_error);
  bad = good;
  bad[offsetof(crew::item, what)] = std::byte{99};
  EXPECT_THROW(check_letter(bad), format_error);
  bad = good;
  bad[offsetof(crew::item, bytes)] = std::byte{21};
  EXPECT_THROW(check_letter(bad), format_error);
}

TEST(JoinCard, TravelsWhole) {
  const farm_card farm{7, 8, 30s, true, "node1", "/home/x", "/home/x/out"};
  const auto file = encode(farm);
  const auto back = decode_farm_card(file);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->run, 7U);
  EXPECT_EQ(back->beat, 8U);
  EXPECT_EQ(back->lease, 30s);
  EXPECT_TRUE(back->report_starts);
  EXPECT_EQ(back->host, "node1");
  EXPECT_EQ(back->directory, "/home/x");
  EXPECT_EQ(back->results, "/home/x/out");
  for (std::size_t cut = 0; cut != file.size(); ++cut) {
    EXPECT_FALSE(decode_farm_card(bytes_view{file}.first(cut))) << cut;
  }
  EXPECT_FALSE(decode_guest_card(file));
  const auto guest = decode_guest_card(encode(guest_card{7, 9, 3s, 4, "node2"}));
  ASSERT_TRUE(guest);
  EXPECT_EQ(guest->salt, 9U);
  EXPECT_EQ(guest->slots, 4U);
  EXPECT_EQ(guest->host, "node2");
}

TEST(JoinCard, OfNoLeaseIsNone) {
  farm_card farm = {7, 8, 1ns, true, "node1", "/home/x", ""};
  guest_card guest = {7, 9, 1ns, 4, "node2"};
  EXPECT_TRUE(decode_farm_card(encode(farm)));
  EXPECT_TRUE(decode_guest_card(encode(guest)));
  farm.lease = guest.lease = 0ns;
  EXPECT_THROW((void)decode_farm_card(encode(farm)), format_error);
  EXPECT_THROW((void)decode_guest_card(encode(guest)), format_error);
}

TEST(JoinCard, IsTheOldOneWhereTheNewOneCannotBeWritten) {
  const scratch folder;
  const auto file = folder.path("card");
  ASSERT_EQ(write_file(file, some(100, 1)), 0);
  const file_limit full{50};
  EXPECT_EQ(write_file(file, some(100, 2)), ENOSPC);  // a part was written
  bytes found;
  EXPECT_EQ(read_file(file, found), 0);
  EXPECT_EQ(found, some(100, 1));
  EXPECT_FALSE(std::filesystem::exists(file + ".new"));
}

TEST(JoinCard, TellsAnotherVersion) {
  auto file = encode(farm_card{});
  file[8] = std::byte{exchange_format + 1};
  const auto said = message_of<format_error>([&] { (void)decode_farm_card(file); });
  EXPECT_NE(said.find("another version of cohort-farm"), std::string::npos) << said;
}

TEST(JoinTenure, EndsHalfALeaseAfterTheLastBeatThatWasSaidBack) {
  const tenure::time_point start = 100s;
  tenure mine{30s, start};
  EXPECT_EQ(mine.end(), start + 15s);
  const auto first = mine.beat(start);
  ASSERT_TRUE(first);
  EXPECT_FALSE(mine.beat(start + 999ms));
  const auto second = mine.beat(start + 1s);
  ASSERT_TRUE(second);
  mine.said_back(*second);
  EXPECT_EQ(mine.end(), start + 16s);
  mine.said_back(*first);  // late
  EXPECT_EQ(mine.end(), start + 16s);
  mine.said_back(*second + 5);  // never sent
  EXPECT_EQ(mine.end(), start + 16s);
  const auto third = mine.beat(start + 10s);
  mine.said_back(third.value());
  EXPECT_EQ(mine.end(), start + 25s);
}

class JoinGuest : public testing::Test {
 protected:
  scratch folder_;
  own_place place_{folder_.path("guest")};
  guest root_{place_.directory, {1, 5, 30s, 2, "node2"}, true, crew::now()};
  incoming orders_{place_.directory + "/orders", 5};
  outgoing reports_{place_.directory + "/reports", 5};
  std::vector<report> said_;

  /// What the guest finds within a while.
  std::vector<crew::item> hears() {
    std::vector<crew::item> result;
    EXPECT_TRUE(eventually([&] {
      root_.collect(said_, 0ns);
      for (const auto& each : all_of(orders_)) {
        crew::letter_reader reader{each};
        while (const auto entry = reader.next()) result.push_back(entry->head);
      }
      return !result.empty();
    }));
    return result;
  }
  void accept(std::uint64_t task) { root_.accept({task, 0}, encode(task_order{task + 1, "true"})); }
  void reports(std::uint64_t task, report::kind what) {
    completion how;
    how.seq = task + 1;
    EXPECT_EQ(reports_.write(letter_of(word::report, {task, 0}, 5'000'000'000, encode(how), what)), 0);
  }
  bool within_a_while(const std::function<bool()>& condition) {
    return eventually([&] {
      root_.collect(said_, 0ns);
      return condition();
    });
  }
};

TEST_F(JoinGuest, PassesOrdersAndReports) {
  root_.welcome(4, 9);
  accept(0);
  accept(1);
  const auto heard = hears();
  ASSERT_EQ(heard.size(), 3U);
  EXPECT_EQ(heard[0].kind, word::hello);
  EXPECT_EQ(heard[0].task, 4U);
  EXPECT_EQ(heard[0].attempt, 9U);
  EXPECT_EQ(heard[2].kind, word::run);
  EXPECT_EQ(heard[2].task, 1U);
  root_.stop({1, 0});
  EXPECT_EQ(hears().at(0).kind, word::stop);
  EXPECT_TRUE(root_.give_back(3).empty());
  const auto recall = hears().at(0);
  EXPECT_EQ(recall.kind, word::recall);
  EXPECT_EQ(recall.number, 3);
  reports(0, report::kind::succeeded);
  reports(7, report::kind::succeeded);  // which it never had
  reports(1, report::kind::stopped);
  reports(1, report::kind::succeeded);  // once more
  EXPECT_EQ(reports_.write(letter_of(word::beat, {}, 3)), 0);
  const auto back = hears();
  EXPECT_EQ(back.at(0).kind, word::beat);
  EXPECT_EQ(back.at(0).number, 3);
  ASSERT_EQ(said_.size(), 2U);
  EXPECT_EQ(said_[0].what, report::kind::succeeded);
  EXPECT_EQ(said_[0].took, 5s);
  EXPECT_EQ(said_[1].what, report::kind::stopped);
  EXPECT_EQ(root_.unfinished(), 0U);
  EXPECT_EQ(root_.state(), guest::standing::here);
}

TEST_F(JoinGuest, LeavesInOrderAndGivesBackWhatItNeverRead) {
  accept(0);
  (void)hears();
  EXPECT_EQ(reports_.write(letter_of(word::drain)), 0);
  EXPECT_TRUE(within_a_while([&] { return root_.state() == guest::standing::leaving; }));
  EXPECT_EQ(reports_.write(letter_of(word::bye)), 0);
  EXPECT_TRUE(within_a_while([&] { return root_.state() == guest::standing::left && !said_.empty(); }));
  ASSERT_EQ(said_.size(), 1U);
  EXPECT_EQ(said_[0].what, report::kind::stopped);
  EXPECT_EQ(decode_completion(said_[0].payload).seq, 1U);
}

TEST_F(JoinGuest, IsLostWhenItIsSilentAndNotHeardAfterwards) {
  guest silent{place_.directory, {1, 5, 500ms, 2, "node2"}, true, crew::now()};
  silent.accept({0, 0}, encode(task_order{1, "true"}));
  EXPECT_TRUE(eventually([&] {
    silent.collect(said_, 0ns);
    return silent.state() == guest::standing::lost;
  }));
  EXPECT_NE(silent.why().find("it has said nothing for "), std::string::npos) << silent.why();
  reports(0, report::kind::succeeded);
  for (int i = 0; i != 50; ++i) silent.collect(said_, 0ns);
  EXPECT_TRUE(said_.empty());
}

TEST_F(JoinGuest, HearsWhatIsThereHoweverShortItsLease) {
  guest hasty{place_.directory, {1, 5, 1ns, 2, "node2"}, true, crew::now()};  // it is over before each look
  hasty.accept({0, 0}, encode(task_order{1, "true"}));
  reports(0, report::kind::succeeded);
  hasty.collect(said_, 0ns);
  EXPECT_EQ(said_.size(), 1U);
  EXPECT_EQ(hasty.state(), guest::standing::here);
  EXPECT_TRUE(eventually([&] {
    hasty.collect(said_, 0ns);
    return hasty.state() == guest::standing::lost;
  }));
}

TEST_F(JoinGuest, IsCutOffWhenItsFilesAreGoneOrMakeNoSenseAndLostWhenItsLeaseIsOver) {
  constexpr auto lease = 1s;
  const auto begun = crew::now();
  guest first{place_.directory, {1, 5, lease, 2, "node2"}, true, begun};
  std::filesystem::remove_all(place_.directory);
  EXPECT_TRUE(eventually([&] {
    first.collect(said_, 0ns);
    return first.state() != guest::standing::here;
  }));
  // It may still run its tasks.
  EXPECT_TRUE(first.state() == guest::standing::cut_off || crew::now() - begun > lease);
  EXPECT_EQ(first.why(), "its files are gone");
  EXPECT_TRUE(eventually([&] {
    first.collect(said_, 0ns);
    return first.state() == guest::standing::lost;
  }));
  EXPECT_GT(crew::now() - begun, lease);
  const own_place other{folder_.path("other")};
  guest second{other.directory, {1, 5, lease, 2, "node2"}, true, crew::now()};
  second.accept({0, 0}, encode(task_order{1, "true"}));
  outgoing says{other.directory + "/reports", 5};
  EXPECT_EQ(says.write(letter_of(word::report, {0, 0}, 0, some(3, 1), report::kind::succeeded)), 0);
  EXPECT_TRUE(eventually([&] {
    second.collect(said_, 0ns);
    return second.state() == guest::standing::lost;
  }));
  EXPECT_TRUE(said_.empty());
}

TEST_F(JoinGuest, IsGivenShortTasksAheadAndLongOnesNot) {
  accept(0);
  (void)hears();
  completion how;
  how.seq = 1;
  EXPECT_EQ(reports_.write(letter_of(word::report, {0, 0}, 1'000'000, encode(how), report::kind::succeeded)), 0);
  EXPECT_TRUE(within_a_while([&] { return said_.size() == 2; }));
  ASSERT_EQ(said_.size(), 2U);
  EXPECT_EQ(said_[0].what, report::kind::slots);
  EXPECT_GT(said_[0].took.count(), 10);
  EXPECT_EQ(root_.real_slots(), 2U);
  said_.clear();
  accept(1);
  (void)hears();
  reports(1, report::kind::succeeded);  // 5 s
  EXPECT_TRUE(within_a_while([&] { return said_.size() == 2; }));
  ASSERT_EQ(said_.size(), 2U);
  EXPECT_EQ(said_[0].took.count(), 2);
}

/// A farm's half without a crew: opens the door, and lets one in.
class JoinedFarm {
 public:
  JoinedFarm(const std::string& journal, std::chrono::nanoseconds lease)
      : door_{journal, card(lease), [this](const std::string& text) { said_ += text; }} {}

  /// Goes on until the condition holds, or for a while.
  bool goes_on(const std::function<bool()>& condition) {
    return eventually([&] {
      for (auto& each : door_.look(std::chrono::steady_clock::now())) {
        guests_.push_back(std::make_unique<guest>(each.directory, each.who, true, crew::now()));
        guests_.back()->welcome(7, 33);
      }
      for (auto& each : guests_) each->collect(reports_, 0ns);
      return condition();
    });
  }
  static farm_card card(std::chrono::nanoseconds lease) {
    return {random_number(), 0, lease, false, "node1", "/", ""};
  }

  std::string said_;
  door door_;
  std::vector<std::unique_ptr<guest>> guests_;
  std::vector<report> reports_;
};

/// One that joins it, from another thread, since that waits for an answer.
std::unique_ptr<correspondent> joins(JoinedFarm& farm, const std::string& journal) {
  std::unique_ptr<correspondent> result;
  std::thread other{[&] {
    try {
      result = std::make_unique<correspondent>(journal, 3, "node2", 15s);
    } catch (const farm_error& e) {
      ADD_FAILURE() << e.what();
    }
  }};
  EXPECT_TRUE(farm.goes_on([&] { return !farm.guests_.empty(); }));
  EXPECT_TRUE(farm.goes_on([] { return true; }));  // says its welcome
  other.join();
  return result;
}

TEST(Joining, IsWelcomedWorksAndIsDismissed) {
  const scratch folder;
  const auto journal = folder.path();
  {
    JoinedFarm farm{journal, 3s};
    const auto mine = joins(farm, journal);
    ASSERT_TRUE(mine);
    EXPECT_EQ(mine->worker(), 7U);
    EXPECT_EQ(mine->first_slot(), 33U);
    EXPECT_EQ(mine->farm().host, "node1");
    auto& host = *farm.guests_.at(0);
    EXPECT_EQ(host.slots(), 3U);
    host.accept({0, 0}, encode(task_order{1, "true"}));
    std::vector<bytes> heard;
    EXPECT_TRUE(farm.goes_on([&] {
      for (auto& each : mine->hear()) heard.push_back(std::move(each));
      return heard.size() >= 2;
    }));
    mine->write(output_name({0, 0}, stream::out), 0, some(10, 'x'));
    completion how;
    how.seq = 1;
    crew::letter says;
    says.add(word::report, {0, 0}, 1, encode(how), report::kind::succeeded);
    mine->say(std::move(says));
    EXPECT_TRUE(farm.goes_on([&] { return !farm.reports_.empty(); }));
    EXPECT_EQ(contents(host.directory() + "/0.0.out"), "xxxxxxxxxx");
    // Longer than its lease, beats go to and fro.
    const auto end = std::chrono::steady_clock::now() + 4s;
    EXPECT_TRUE(farm.goes_on([&] { return std::chrono::steady_clock::now() > end; }));
    EXPECT_EQ(mine->look(), correspondent::standing::member);
    EXPECT_EQ(host.state(), guest::standing::here);
    EXPECT_TRUE(mine->leave(5s));
    EXPECT_TRUE(farm.goes_on([&] { return host.state() == guest::standing::left; }));
  }
  EXPECT_FALSE(std::filesystem::exists(join_directory(journal)));
}

TEST(Joining, EndsBeforeTheFarmTakesItForLost) {
  const scratch folder;
  const auto journal = folder.path();
  JoinedFarm farm{journal, 4s};
  const auto mine = joins(farm, journal);
  ASSERT_TRUE(mine);
  auto& host = *farm.guests_.at(0);
  // The farm stands still: it neither hears nor says anything.
  EXPECT_TRUE(eventually([&] { return mine->look() == correspondent::standing::over; }));
  mine->stand_down();
  EXPECT_TRUE(mine->leave(5s));
  // It goes on, and finds that the other has left in order.
  EXPECT_TRUE(farm.goes_on([&] { return host.state() != guest::standing::here; }));
  EXPECT_EQ(host.state(), guest::standing::left);
}

TEST(Joining, IsOneOfItsOwnThoughAnotherHasTheSameHostAndProcess) {
  const scratch folder;
  const auto journal = folder.path();
  JoinedFarm farm{journal, 30s};
  std::vector<std::unique_ptr<correspondent>> both(2);
  std::vector<std::thread> others;
  std::atomic<int> ready{0};
  for (auto& each : both) {
    others.emplace_back([&] {
      try {
        each = std::make_unique<correspondent>(journal, 3, "node2", 15s);
      } catch (const farm_error& e) {
        ADD_FAILURE() << e.what();
      }
      ++ready;
    });
  }
  EXPECT_TRUE(farm.goes_on([&] { return ready == 2; }));
  for (auto& each : others) each.join();
  ASSERT_TRUE(both[0] && both[1]);
  ASSERT_EQ(farm.guests_.size(), 2U);
  EXPECT_NE(farm.guests_[0]->directory(), farm.guests_[1]->directory());
  for (const std::uint64_t i : {0U, 1U}) farm.guests_[i]->accept({i, 0}, encode(task_order{i + 1, "true"}));
  std::vector<cohort::dispatch::task_id> got;
  EXPECT_TRUE(farm.goes_on([&] {
    for (const auto& mine : both) {
      for (const auto& letter : mine->hear()) {
        crew::letter_reader reader{letter};
        while (const auto entry = reader.next()) {
          if (entry->head.kind == word::run) got.push_back(entry->head.task);
        }
      }
    }
    return got.size() == 2;
  }));
  EXPECT_NE(got.front(), got.back());
  EXPECT_TRUE(both[0]->leave(5s));
  EXPECT_TRUE(farm.goes_on([&] {
    return farm.guests_[0]->state() != guest::standing::here || farm.guests_[1]->state() != guest::standing::here;
  }));
  EXPECT_NE(farm.guests_[0]->state(), farm.guests_[1]->state());
}

TEST(Joining, LeavesInOrderWhenItWasLetInTooLate) {
  const scratch folder;
  const auto journal = folder.path();
  const auto card = JoinedFarm::card(30s);
  door way_in{journal, card, {}};
  std::vector<door::arrival> come;
  std::string said;
  std::thread other{[&] { said = message_of<farm_error>([&] { correspondent{journal, 3, "node2", 2s}; }); }};
  EXPECT_TRUE(eventually([&] {
    for (auto& each : way_in.look(std::chrono::steady_clock::now())) come.push_back(std::move(each));
    return !come.empty();
  }));
  other.join();
  EXPECT_NE(said.find("does not answer"), std::string::npos) << said;
  ASSERT_EQ(come.size(), 1U);
  guest late{come[0].directory, come[0].who, true, crew::now()};
  late.welcome(7, 33);
  late.accept({0, 0}, encode(task_order{1, "true"}));
  std::vector<report> reports;
  EXPECT_TRUE(eventually([&] {
    late.collect(reports, 0ns);
    return late.state() != guest::standing::here;
  }));
  EXPECT_EQ(late.state(), guest::standing::left);
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_EQ(reports[0].what, report::kind::stopped);
}

TEST(Joining, LearnsThatItWasGivenUpAndThatAnotherRunHasBegun) {
  const scratch folder;
  const auto journal = folder.path();
  JoinedFarm farm{journal, 30s};
  const auto first = joins(farm, journal);
  ASSERT_TRUE(first);
  remove_all(farm.guests_.at(0)->directory());
  EXPECT_TRUE(eventually([&] { return first->look() == correspondent::standing::gone; }));
  farm.guests_.clear();
  const auto second = joins(farm, journal);
  ASSERT_TRUE(second);
  EXPECT_EQ(write_file(farm_card_file(journal), encode(JoinedFarm::card(30s))), 0);
  EXPECT_TRUE(eventually([&] { return second->look() == correspondent::standing::gone; }));
}

TEST(Joining, SaysThatThereIsNoFarm) {
  const scratch folder;
  const auto no_directory = message_of<farm_error>([&] { correspondent{folder.path("not"), 1, "h", 100ms}; });
  EXPECT_NE(no_directory.find("there is no farm to join in"), std::string::npos) << no_directory;
  const auto nobody = message_of<farm_error>([&] { correspondent{folder.path(), 1, "h", 100ms}; });
  EXPECT_NE(nobody.find("none runs there now"), std::string::npos) << nobody;
  std::filesystem::create_directory(join_directory(folder.path()));
  ASSERT_EQ(write_file(farm_card_file(folder.path()), encode(JoinedFarm::card(30s))), 0);
  const auto killed = message_of<farm_error>([&] { correspondent{folder.path(), 1, "h", 100ms}; });
  EXPECT_NE(killed.find("does not answer"), std::string::npos) << killed;
  auto other = encode(farm_card{});
  other[8] = std::byte{exchange_format + 1};
  ASSERT_EQ(write_file(farm_card_file(folder.path()), other), 0);
  const auto version = message_of<farm_error>([&] { correspondent{folder.path(), 1, "h", 100ms}; });
  EXPECT_NE(version.find("another version"), std::string::npos) << version;
}

TEST(JoinDoor, WaitsForThoseWhoMayStillRunTasksOfAnEarlierRun) {
  const scratch folder;
  const auto journal = folder.path();
  // Four that an earlier run has left: one that said bye, one that will in a moment, two that never will.
  for (std::uint64_t i = 1; i != 5; ++i) {
    const own_place place{join_directory(journal) + "/" + guest_name(i)};
    ASSERT_EQ(write_file(place.directory + "/hello", encode(guest_card{99, i, 2s, 1, "node2"})), 0);
  }
  outgoing first{join_directory(journal) + "/" + guest_name(1) + "/reports", 1};
  ASSERT_EQ(first.write(letter_of(word::bye)), 0);
  std::thread second{[&] {
    ::usleep(500'000);
    outgoing says{join_directory(journal) + "/" + guest_name(2) + "/reports", 2};
    EXPECT_EQ(says.write(letter_of(word::bye)), 0);
  }};
  const auto begun = std::chrono::steady_clock::now();
  const JoinedFarm farm{journal, 30s};
  const auto took = std::chrono::steady_clock::now() - begun;
  second.join();
  EXPECT_GE(took, 2s);  // the lease of the last two
  EXPECT_NE(farm.said_.find("waiting up to 2 s for 3 on node2 that had joined the earlier run"), std::string::npos)
      << farm.said_;
  for (std::uint64_t i = 1; i != 5; ++i) {
    EXPECT_FALSE(std::filesystem::exists(join_directory(journal) + "/" + guest_name(i)));
  }
}

TEST(JoinDoor, WaitsForOneWhoseFirstFileHasBeenRead) {
  const scratch folder;
  const auto journal = folder.path();
  const own_place place{join_directory(journal) + "/" + guest_name(1)};
  ASSERT_EQ(write_file(place.directory + "/hello", encode(guest_card{99, 1, 1s, 1, "node2"})), 0);
  outgoing reports{place.directory + "/reports", 1, 100};
  for (int i = 0; i != 2; ++i) ASSERT_EQ(reports.write(letter_of(word::report, {1, 0}, 0, some(100, 7))), 0);
  std::filesystem::remove(page_file(place.directory + "/reports", 0));
  const auto begun = std::chrono::steady_clock::now();
  const JoinedFarm farm{journal, 30s};
  EXPECT_GE(std::chrono::steady_clock::now() - begun, 1s);  // its lease
  EXPECT_NE(farm.said_.find("that had joined the earlier run"), std::string::npos) << farm.said_;
}

TEST(JoinDoor, WaitsForOneOfAnotherVersionAndLetsNoneOfThoseIn) {
  const scratch folder;
  const auto journal = folder.path();
  auto hello = encode(guest_card{99, 1, 1s, 1, "node2"});
  hello[8] = std::byte{exchange_format + 1};
  const own_place old{join_directory(journal) + "/" + guest_name(1)};
  ASSERT_EQ(write_file(old.directory + "/hello", hello), 0);
  const auto begun = std::chrono::steady_clock::now();
  JoinedFarm farm{journal, 1s};
  EXPECT_GE(std::chrono::steady_clock::now() - begun, 1s);  // a lease
  EXPECT_NE(farm.said_.find("with another version of cohort-farm that had joined the earlier run"),
            std::string::npos)
      << farm.said_;
  EXPECT_FALSE(std::filesystem::exists(old.directory));
  const own_place strange{join_directory(journal) + "/" + guest_name(2)};
  ASSERT_EQ(write_file(strange.directory + "/hello", hello), 0);
  EXPECT_TRUE(farm.door_.look(std::chrono::steady_clock::now() + 1s).empty());
}

TEST(JoinDoor, LeavesNothingThoughAGuestStillWrites) {
  const scratch folder;
  const auto journal = folder.path();
  for (int i = 0; i != 20; ++i) {
    std::atomic<bool> over{false};
    std::thread writer;
    {
      const door way_in{journal, JoinedFarm::card(30s), {}};
      const own_place place{join_directory(journal) + "/" + guest_name(1)};
      writer = std::thread{[&over, directory = place.directory] {
        for (int n = 0; !over; ++n) put(directory + "/" + std::to_string(n % 100) + ".0.out", "x");
      }};
      ::usleep(2000);
    }
    over = true;
    writer.join();
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator{journal}, {}), 0) << i;
  }
}

TEST(JoinDoor, LetsOneInThatCameWhileItOpened) {
  const scratch folder;
  const auto journal = folder.path();
  const auto card = JoinedFarm::card(30s);
  const auto own = join_directory(journal) + "/" + guest_name(1);
  const own_place place{own};
  const own_place without_a_word{join_directory(journal) + "/" + guest_name(2)};
  ASSERT_EQ(write_file(own + "/hello", encode(guest_card{card.run, 1, 30s, 1, "node2"})), 0);
  door way_in{journal, card, {}};
  EXPECT_EQ(way_in.look(std::chrono::steady_clock::now() + 1s).size(), 1U);
  EXPECT_TRUE(std::filesystem::exists(without_a_word.directory));  // it may be about to say hello
}

TEST(JoinDoor, LetsNobodyInTwice) {
  const scratch folder;
  const auto journal = folder.path();
  const auto card = JoinedFarm::card(30s);
  door way_in{journal, card, {}};
  auto now = std::chrono::steady_clock::now();
  const auto look = [&] { return way_in.look(now += 1s).size(); };
  const auto own = join_directory(journal) + "/" + guest_name(1);
  const own_place place{own};
  EXPECT_EQ(look(), 0U);  // it has not said hello yet
  ASSERT_EQ(write_file(own + "/hello", encode(guest_card{card.run, 1, 30s, 1, "node2"})), 0);
  EXPECT_EQ(look(), 1U);
  // As when the directory cannot be read to its end.
  std::filesystem::rename(own, folder.path("aside"));
  EXPECT_EQ(look(), 0U);
  std::filesystem::rename(folder.path("aside"), own);
  EXPECT_EQ(look(), 0U);
}

}  // namespace
