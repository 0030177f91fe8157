// Opening, what is refused, two writers.

#include <cohort/journal/detail/format.hpp>

#include "journal_test_support.hpp"

#include <string>
#include <sys/stat.h>
#include <sys/wait.h>

namespace {

using namespace journal_test;

void open(const std::string& file) {
  journal::writer{file, ours, {}, by_hand()};
}

TEST(JournalFile, KeepsWhatEachRunAdds) {
  const scratch folder;
  const auto file = folder / "journal";
  std::vector<entry> expected;
  for (int run = 0; run != 4; ++run) {
    collector found;
    journal::writer to{file, ours, found.visit(), by_hand()};
    EXPECT_EQ(found.seen, expected);
    EXPECT_EQ(to.found().records, expected.size());
    EXPECT_EQ(to.file(), file);
    for (std::uint32_t i = 1; i != 4; ++i) {
      expected.push_back({i, "run " + std::to_string(run)});
      append(to, expected.back());
    }
  }
  EXPECT_EQ(entries_of(file), expected);
}

TEST(JournalFile, IsReadWhileItIsWritten) {
  const scratch folder;
  const auto file = folder / "journal";
  journal::writer to{file, ours, {}, by_hand()};
  EXPECT_EQ(entries_of(file).size(), 0U);
  append(to, {1, "one"});
  EXPECT_EQ(entries_of(file), (std::vector<entry>{{1, "one"}}));
  to.add(2, bytes_of("kept"));
  EXPECT_EQ(entries_of(file).size(), 1U);
  to.write_out();
  EXPECT_EQ(entries_of(file).size(), 2U);
  to.add(3, bytes_of("before"));
  append(to, {4, "four"});
  EXPECT_EQ(entries_of(file), (std::vector<entry>{{1, "one"}, {2, "kept"}, {3, "before"}, {4, "four"}}));
  EXPECT_EQ(to.end(), contents_of(file).size());
}

TEST(JournalFile, HasLongRecords) {
  const scratch folder;
  const auto file = folder / "journal";
  const std::vector<entry> all{
      {1, std::string(300'000, 'a')}, {2, "short"}, {3, std::string(3'000'001, 'b')}, {4, ""}};
  {
    journal::writer to{file, ours};
    for (const auto& each : all) append(to, each);
  }
  EXPECT_TRUE(entries_of(file) == all);
}

TEST(JournalFile, KeepsNoMoreThanALittleInMemory) {
  const scratch folder;
  const auto file = folder / "journal";
  journal::writer to{file, ours, {}, by_hand()};
  for (int i = 0; i != 100; ++i) to.add(1, bytes_of(std::string(1000, 'x')));
  EXPECT_GE(entries_of(file).size(), 60U);
}

TEST(JournalFile, FetchesRecordsThatItHasShown) {
  const scratch folder;
  const auto file = folder / "journal";
  {
    journal::writer to{file, ours};
    append(to, {1, "one"});
    append(to, {2, std::string(100'000, 'x')});
  }
  std::vector<std::uint64_t> offsets;
  journal::writer again{file, ours, [&](const journal::record& found) { offsets.push_back(found.offset); }};
  EXPECT_EQ(offsets.size(), 2U);
  if (offsets.size() != 2) return;
  const auto text = [&](std::uint64_t offset) {
    const auto bytes = again.fetch(offset);
    return std::string{reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  };
  EXPECT_EQ(text(offsets[1]), std::string(100'000, 'x'));
  EXPECT_EQ(text(offsets[0]), "one");
  expect_said(message_of([&] { (void)again.fetch(offsets[0] + 8); }), "has no whole record at byte 72 any more");
  expect_said(message_of([&] { (void)again.fetch(1U << 30); }), "has no whole record");
}

TEST(JournalFile, RefusesWhatIsNoRecord) {
  const scratch folder;
  journal::writer to{folder / "journal", ours, {}, by_hand()};
  EXPECT_THROW(to.append(0, {}), cohort::argument_error);
  EXPECT_THROW(to.append(journal::first_reserved_kind, {}), cohort::argument_error);
  std::byte one{};
  EXPECT_THROW(to.append(1, {&one, journal::most_bytes + 1}), cohort::argument_error);
  append(to, {1, "still works"});
}

TEST(JournalFile, SaysWhyItCannotBeOpened) {
  const scratch folder;
  const auto file = folder / "journal";
  expect_said(message_of([&] { entries_of(file); }), "cannot open the journal " + file);
  expect_said(message_of([&] { open(folder / "no/such/journal"); }), "make its directory first");
  expect_said(message_of([&] { open(folder.path()); }), "name a file");
  expect_said(message_of([&] { entries_of(folder.path()); }), "it is no regular file");
  expect_said(message_of([&] { open("/dev/full"); }), "it is no regular file");
  EXPECT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  expect_said(message_of([&] { open(folder / "pipe"); }), "it is no regular file");
  expect_said(message_of([&] { entries_of(folder / "pipe"); }), "it is no regular file");
}

TEST(JournalFile, LeavesAloneWhatIsNotItsOwn) {
  const scratch folder;
  const auto file = folder / "file";
  const auto refused = [&](const std::string& bytes, const std::string& part) {
    put(file, bytes);
    expect_said(message_of([&] { open(file); }), part);
    expect_said(message_of([&] { entries_of(file); }), part);
    EXPECT_EQ(contents_of(file), bytes);
  };
  refused("hello\n", "is no journal");
  refused(std::string(200, 'x'), "is no journal");
  refused(std::string(65, '\0'), "is no journal");

  const auto header = [](std::uint32_t version, const journal::fingerprint& of) {
    const auto bytes = journal::detail::encode({version, of, 1});
    return std::string{reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  };
  refused(header(2, ours), "has the format 2 (this version of cohort knows only 1)");
  refused(header(1, journal::fingerprint{}.with("another")), "belongs to something else");
  put(file, header(1, ours));
  EXPECT_EQ(message_of([&] { open(file); }), "");
}

TEST(JournalFile, ReadsWhateverItBelongsTo) {
  const scratch folder;
  const auto file = folder / "journal";
  const auto another = journal::fingerprint{}.with("another");
  { journal::writer{file, another}.append(1, bytes_of("x")); }
  const auto found = journal::read(file, journal::visitor{});
  EXPECT_EQ(found.of, another);
  EXPECT_EQ(found.records, 1U);
}

TEST(JournalFile, IsMadeAnewIfItsMakingWasInterrupted) {
  const scratch folder;
  const auto file = folder / "journal";
  open(file);
  const auto whole = contents_of(file);
  for (std::size_t n = 0; n <= journal::detail::header_bytes; ++n) {
    for (const bool zeros : {false, true}) {
      put(file, zeros ? std::string(n, '\0') : whole.substr(0, n));
      EXPECT_EQ(entries_of(file).size(), 0U);
      collector found;
      {
        journal::writer to{file, ours, found.visit(), by_hand()};
        append(to, {1, "one"});
      }
      EXPECT_EQ(found.seen.size(), 0U);
      EXPECT_EQ(entries_of(file), (std::vector<entry>{{1, "one"}})) << n << " bytes";
    }
  }
}

TEST(JournalFile, HasOneWriter) {
  const scratch folder;
  const auto file = folder / "journal";
  {
    journal::writer first{file, ours, {}, by_hand()};
    append(first, {1, "one"});
    char host[256] = "";
    ::gethostname(host, sizeof host);
    expect_said(message_of([&] { open(file); }),
                "is in use (process " + std::to_string(::getpid()) + " on " + host + " writes to it)");
    append(first, {2, "two"});
  }
  EXPECT_FALSE(std::filesystem::exists(file + ".holder"));
  EXPECT_EQ(message_of([&] { open(file); }), "");
  journal::writer again{file, ours, {}, by_hand()};
  again.close();
  EXPECT_EQ(message_of([&] { open(file); }), "") << "close() lets the next in";
  expect_said(message_of([&] { append(again, {3, "three"}); }), "has been closed");
  EXPECT_EQ(entries_of(file).size(), 2U);
}

TEST(JournalFile, NeedsAPlaceWhereItMayWrite) {
  const scratch folder;
  EXPECT_EQ(::chmod(folder.path().c_str(), 0555), 0);
  const auto child = ::fork();
  if (child == 0) {
    // Nothing is forbidden to root.
    if (::geteuid() == 0 && ::seteuid(65534) != 0) ::_exit(2);
    const auto said = message_of([&] { open(folder / "journal"); });
    ::_exit(said.find("choose a place where you may write") != std::string::npos ? 0 : 1);
  }
  int status = -1;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(::chmod(folder.path().c_str(), 0755), 0);
}

}  // namespace
