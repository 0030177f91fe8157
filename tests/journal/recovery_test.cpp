// What a crash, a power failure and a bad disk leave of a journal.

#include "journal_test_support.hpp"

#include <algorithm>
#include <random>
#include <string>

namespace {

using namespace journal_test;

/// Records of lengths around the multiples of 8, with a last kilobyte that holds several.
std::vector<entry> many_entries() {
  std::mt19937 random{5};
  std::vector<entry> all;
  for (const std::size_t length :
       {0U, 1U, 7U, 8U, 9U, 3000U, 100U, 0U, 250U, 13U, 80U, 3U, 200U, 64U, 31U, 90U, 120U}) {
    entry next{static_cast<std::uint32_t>(1 + random() % 5), std::string(length, '\0')};
    std::generate(next.text.begin(), next.text.end(), [&] { return static_cast<char>(random()); });
    all.push_back(std::move(next));
  }
  return all;
}

std::string journal_with(const std::string& file, const std::vector<entry>& all) {
  journal::writer to{file, ours, {}, by_hand()};
  for (const auto& each : all) append(to, each);
  to.close();
  return contents_of(file);
}

/// Where the records end.
std::vector<std::uint64_t> ends_of(const std::string& file) {
  collector all;
  journal::read(file, ours, all.visit());
  return all.ends;
}

class JournalTorn : public testing::TestWithParam<const char*> {};

TEST_P(JournalTorn, AtEveryByteOfTheLastKilobyte) {
  const scratch folder;
  const auto file = folder / "journal";
  const auto all = many_entries();
  const auto whole = journal_with(file, all);
  const auto ends = ends_of(file);
  EXPECT_EQ(ends.size(), all.size());
  const std::string behind{GetParam()};
  for (std::size_t cut = whole.size() - 1024; cut <= whole.size(); ++cut) {
    auto left = whole.substr(0, cut);
    if (behind == "zeros") left.resize(whole.size() + 5000, '\0');
    if (behind == "rubbish") left += std::string(whole.size() + 40 - cut, 'x');
    put(file, left);
    // A record of which only zeros are missing is whole if there are zeros.
    const auto n = static_cast<std::size_t>(std::count_if(
        ends.begin(), ends.end(), [&](std::uint64_t end) { return left.substr(0, end) == whole.substr(0, end); }));
    const std::vector<entry> survivors{all.begin(), all.begin() + static_cast<std::ptrdiff_t>(n)};
    EXPECT_EQ(entries_of(file), survivors) << "read, cut at " << cut;
    EXPECT_EQ(contents_of(file), left) << "a reader changes nothing";
    collector found;
    {
      journal::writer to{file, ours, found.visit(), by_hand()};
      EXPECT_EQ(to.found().end + to.found().torn, left.size());
      append(to, {9, "more"});
    }
    EXPECT_EQ(found.seen, survivors) << "opened, cut at " << cut;
    auto expected = survivors;
    expected.push_back({9, "more"});
    EXPECT_EQ(entries_of(file), expected) << "gone on, cut at " << cut;
    if (testing::Test::HasFailure()) break;
  }
}

INSTANTIATE_TEST_SUITE_P(Behind, JournalTorn, testing::Values("nothing", "zeros", "rubbish"),
                         [](const auto& each) { return std::string{each.param}; });

/// A journal of three small records that was closed, and so ends with a mark.
struct small {
  scratch folder;
  std::string file = folder / "journal";
  std::vector<entry> all{{1, "one"}, {2, ""}, {3, "a third, longer one"}};
  std::string whole = journal_with(file, all);
  std::vector<std::uint64_t> ends = ends_of(file);
};

TEST(JournalDamage, EveryBitThatIsFlippedIsFound) {
  const small of;
  const auto mark_begins = of.ends.back();
  EXPECT_EQ(of.whole.size(), mark_begins + journal::detail::head_bytes);
  for (std::size_t at = 0; at != of.whole.size(); ++at) {
    for (int bit = 0; bit != 8; ++bit) {
      auto bad = of.whole;
      bad[at] = static_cast<char>(bad[at] ^ (1 << bit));
      put(of.file, bad);
      const auto about = "bit " + std::to_string(bit) + " of byte " + std::to_string(at);
      if (at >= mark_begins) {  // nothing is lost with the mark
        EXPECT_EQ(entries_of(of.file), of.all) << about;
        continue;
      }
      collector before;
      const auto said = message_of([&] { journal::writer{of.file, ours, before.visit(), by_hand()}; });
      EXPECT_NE(said.find(of.file), std::string::npos) << about << " said: " << said;
      EXPECT_EQ(contents_of(of.file), bad) << about;
      const auto n = static_cast<std::size_t>(
          std::count_if(of.ends.begin(), of.ends.end(), [&](std::uint64_t end) { return end <= at; }));
      EXPECT_EQ(before.seen.size(), at < journal::detail::header_bytes ? 0 : n) << about;
      EXPECT_TRUE(std::equal(before.seen.begin(), before.seen.end(), of.all.begin())) << about;
      if (at >= journal::detail::header_bytes) {
        const auto begins = n == 0 ? journal::detail::header_bytes : of.ends[n - 1];
        expect_said(said, "is damaged at byte " + std::to_string(begins));
      }
    }
  }
}

TEST(JournalDamage, APieceThatIsMissingIsFound) {
  const small of;
  for (const std::size_t less : {0U, 1U, 5U}) {
    put(of.file, of.whole.substr(0, of.ends[0]) + of.whole.substr(of.ends[1] - less));
    expect_said(message_of([&] { entries_of(of.file); }), "is damaged at byte " + std::to_string(of.ends[0]));
  }
}

/// What the journal looks like now to somebody who reads the disk after a crash of the machine: `lost` is zeros.
std::string with_hole(std::string bytes, std::uint64_t begin, std::uint64_t end) {
  std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(begin), bytes.begin() + static_cast<std::ptrdiff_t>(end),
            '\0');
  return bytes;
}

TEST(JournalDamage, APowerFailureMayLoseWhatWasNotCommitted) {
  const scratch folder;
  const auto file = folder / "journal";
  journal::writer to{file, ours, {}, by_hand()};
  append(to, {1, "committed"});
  to.flush();
  const auto first = to.end();
  append(to, {2, "was not written"});
  const auto second = to.end();
  append(to, {3, "was, since pages go to the disk in any order"});
  const auto bytes = contents_of(file);

  put(folder / "after", with_hole(bytes, first, second));
  EXPECT_EQ(entries_of(folder / "after"), (std::vector<entry>{{1, "committed"}}));
  { journal::writer again{folder / "after", ours, {}, by_hand()}; }
  EXPECT_EQ(contents_of(folder / "after").size(), first);

  // But what had been committed must not be missing.
  put(folder / "after", with_hole(bytes, journal::detail::header_bytes, first));
  expect_said(message_of([&] { entries_of(folder / "after"); }), "is damaged at byte 64");
}

TEST(JournalDamage, AJournalInARecordIsNoJournal) {
  const scratch folder;
  const auto inner = journal_with(folder / "inner", {{1, "one"}, {2, "two"}, {3, "three"}});
  const auto file = folder / "journal";
  const auto whole = journal_with(file, {{4, "before"}, {5, inner}});
  const auto ends = ends_of(file);
  put(file, whole.substr(0, ends[1] - 1));
  EXPECT_EQ(entries_of(file), (std::vector<entry>{{4, "before"}}));
}

TEST(JournalDamage, RecordsOfAnotherJournalAreNone) {
  const small of;
  const auto other = journal_with(of.folder / "other", of.all);
  // As a file system may bring up old blocks: the same offsets, from a file that is gone.
  put(of.file, of.whole.substr(0, of.ends[0]) + other.substr(of.ends[0]));
  EXPECT_EQ(entries_of(of.file), (std::vector<entry>{{1, "one"}}));
}

TEST(JournalDamage, WhatShowThrowsEndsTheReading) {
  const small of;
  int shown = 0;
  EXPECT_THROW(journal::read(of.file, ours,
                             [&](const journal::record&) {
                               if (++shown == 2) throw std::runtime_error{"enough"};
                             }),
               std::runtime_error);
  EXPECT_EQ(shown, 2);
}

TEST(JournalDamage, MillionsOfZerosAreLookedThroughInPieces) {
  const small of;
  put(of.file, of.whole);
  std::filesystem::resize_file(of.file, 5'000'000);
  const auto found = journal::read(of.file, ours, {});
  EXPECT_EQ(found.records, 3U);
  EXPECT_EQ(found.torn, 5'000'000 - of.whole.size());
}

}  // namespace
