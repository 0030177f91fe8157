// What reaches the disk when, and what becomes of a journal that cannot be written.

#include "journal_test_support.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace {

using namespace journal_test;

struct counting : journal::detail::system {
  ssize_t pwrite(int fd, const void* from, std::size_t n, off_t at) override {
    ++writes;
    return system::pwrite(fd, from, n, at);
  }
  int fdatasync(int fd) override {
    ++syncs;
    return system::fdatasync(fd);
  }
  int fsync_directory(int fd) override {
    ++directories;
    return system::fsync_directory(fd);
  }
  std::atomic<int> writes{0};
  std::atomic<int> syncs{0};
  std::atomic<int> directories{0};
};

TEST(JournalCommit, ManyRecordsAtATime) {
  const scratch folder;
  counting calls;
  journal::writer to{folder / "journal", ours, {}, by_hand(&calls)};
  EXPECT_EQ(calls.syncs, 1) << "the new file";
  EXPECT_EQ(calls.directories, 1) << "and its name";
  EXPECT_EQ(to.committed(), to.end());
  for (int i = 0; i != 1000; ++i) append(to, {1, "text"});
  EXPECT_EQ(calls.syncs, 1);
  EXPECT_LT(to.committed(), to.end());
  const auto end = to.end();
  to.flush();
  EXPECT_EQ(calls.syncs, 2);
  EXPECT_EQ(to.committed(), end);
  to.flush();
  EXPECT_EQ(calls.syncs, 2) << "there was nothing more";
  to.close();
  EXPECT_EQ(calls.syncs, 2);
  journal::writer again{folder / "journal", ours, {}, by_hand(&calls)};
  EXPECT_EQ(calls.directories, 1);
}

TEST(JournalCommit, RecordsOfARoundAreOneWrite) {
  const scratch folder;
  counting calls;
  journal::writer to{folder / "journal", ours, {}, by_hand(&calls)};
  const int before = calls.writes;
  for (int i = 0; i != 100; ++i) to.add(1, bytes_of("text"));
  to.write_out();
  EXPECT_EQ(calls.writes, before + 1);
}

/// A disk that is done with a sync when it is told so.
struct slow : counting {
  int fdatasync(int fd) override {
    std::unique_lock held{mutex};
    ++syncs;
    changed.notify_all();
    changed.wait(held, [&] { return allowed >= syncs; });
    return system::fdatasync(fd);
  }
  void wait_for(int n) {
    std::unique_lock held{mutex};
    changed.wait(held, [&] { return syncs >= n; });
  }
  void allow(int n) {
    const std::lock_guard held{mutex};
    allowed = n;
    changed.notify_all();
  }
  std::mutex mutex;
  std::condition_variable changed;
  int allowed = 1;
};

TEST(JournalCommit, TheThreadCommitsWhatCameMeanwhileAtATime) {
  const scratch folder;
  slow disk;
  journal::writer to{
      folder / "journal", ours, {}, {.commit_within = std::chrono::nanoseconds{0}, .through = &disk}};
  append(to, {1, "first"});
  disk.wait_for(2);  // the thread's
  for (int i = 0; i != 1000; ++i) append(to, {2, "more"});
  const auto end = to.end();
  EXPECT_LT(to.committed(), end);
  disk.allow(3);
  disk.wait_for(3);
  while (to.committed() < end) std::this_thread::yield();
  EXPECT_EQ(disk.syncs, 3);
}

TEST(JournalCommit, FlushWaitsForTheDiskThoughTheThreadIsAtIt) {
  const scratch folder;
  slow disk;
  journal::writer to{
      folder / "journal", ours, {}, {.commit_within = std::chrono::nanoseconds{0}, .through = &disk}};
  append(to, {1, "first"});
  const auto end = to.end();
  disk.wait_for(2);
  std::atomic<bool> returned{false};
  std::thread other{[&] {
    to.flush();
    EXPECT_GE(to.committed(), end);
    returned = true;
  }};
  disk.wait_for(3);
  EXPECT_FALSE(returned);
  disk.allow(100);
  other.join();
}

TEST(JournalCommit, ThreadsMayAppendTogether) {
  const scratch folder;
  const auto file = folder / "journal";
  {
    journal::writer to{file, ours, {}, {.commit_within = std::chrono::microseconds{50}}};
    std::vector<std::thread> threads;
    for (std::uint32_t t = 1; t != 5; ++t) {
      threads.emplace_back([&to, t] {
        for (int i = 0; i != 500; ++i) append(to, {t, std::to_string(i)});
      });
    }
    for (auto& each : threads) each.join();
  }
  std::vector<int> next(5);
  for (const auto& [kind, text] : entries_of(file)) EXPECT_EQ(text, std::to_string(next[kind]++));
  EXPECT_EQ(next, (std::vector<int>{0, 500, 500, 500, 500}));
}

/// A system whose calls are interrupted, and that writes a byte at a time.
struct interrupted : counting {
  ssize_t pwrite(int fd, const void* from, std::size_t n, off_t at) override {
    if (++writes % 2 != 0) return errno = EINTR, -1;
    return system::pwrite(fd, from, std::min<std::size_t>(n, 1), at);
  }
  int fdatasync(int fd) override {
    if (++syncs % 2 != 0) return errno = EINTR, -1;
    return system::fdatasync(fd);
  }
};

TEST(JournalCommit, ShortWritesAndInterruptionsAreNoErrors) {
  const scratch folder;
  const auto file = folder / "journal";
  interrupted system;
  {
    journal::writer to{file, ours, {}, by_hand(&system)};
    append(to, {1, "one"});
    append(to, {2, "two"});
    to.flush();
    append(to, {3, "three"});
    to.close();
  }
  EXPECT_EQ(entries_of(file), (std::vector<entry>{{1, "one"}, {2, "two"}, {3, "three"}}));
}

/// A disk with room for so many bytes.
struct full : counting {
  ssize_t pwrite(int fd, const void* from, std::size_t n, off_t at) override {
    const auto left = room - std::min<std::size_t>(room, static_cast<std::size_t>(at));
    if (left == 0) return errno = ENOSPC, -1;
    return system::pwrite(fd, from, std::min(n, left), at);
  }
  std::size_t room = 0;
};

TEST(JournalCommit, AFullDiskDamagesNothing) {
  const scratch folder;
  const auto file = folder / "journal";
  for (std::size_t room = 0; room != 400; ++room) {
    std::filesystem::remove(file);
    full disk;
    disk.room = room;
    std::vector<entry> accepted;
    const auto said = message_of([&] {
      journal::writer to{file, ours, {}, by_hand(&disk)};
      for (;;) {
        const entry next{1, "text " + std::to_string(accepted.size())};
        try {
          append(to, next);
        } catch (const journal::journal_error&) {
          EXPECT_EQ(contents_of(file).size(), to.end()) << "what did not fit whole is taken away";
          disk.room = 10'000;
          append(to, next);  // refused nevertheless
          return;
        }
        accepted.push_back(next);
      }
    });
    expect_said(said, "No space left on device); make room, then go on with the same journal");
    EXPECT_EQ(entries_of(file), accepted) << "room " << room;
    {
      journal::writer to{file, ours, {}, by_hand()};
      accepted.push_back({2, "goes on"});
      append(to, accepted.back());
    }
    EXPECT_EQ(entries_of(file), accepted) << "room " << room;
  }
}

/// A disk that cannot be synced.
struct broken : counting {
  int fdatasync(int) override { return ++syncs == 1 ? 0 : (errno = EIO, -1); }
};

TEST(JournalCommit, WhatCannotBeCommittedIsSaidOnceAndForAll) {
  const scratch folder;
  const auto file = folder / "journal";
  broken disk;
  journal::writer to{file, ours, {}, by_hand(&disk)};
  append(to, {1, "one"});
  const auto committed = to.committed();
  expect_said(message_of([&] { to.flush(); }), "Input/output error");
  EXPECT_EQ(to.committed(), committed);
  expect_said(message_of([&] { append(to, {2, "two"}); }), "Input/output error");
  expect_said(message_of([&] { to.flush(); }), "Input/output error");
  EXPECT_EQ(disk.syncs, 2) << "a second try would prove nothing";
  expect_said(message_of([&] { to.close(); }), "Input/output error");
  EXPECT_EQ(entries_of(file), (std::vector<entry>{{1, "one"}}));
}

TEST(JournalCommit, TheThreadsErrorIsTheNextCalls) {
  const scratch folder;
  broken disk;
  journal::writer to{
      folder / "journal", ours, {}, {.commit_within = std::chrono::nanoseconds{0}, .through = &disk}};
  std::string said;
  while (said.empty()) said = message_of([&] { append(to, {1, "one"}); });
  expect_said(said, "cannot write to the journal");
}

}  // namespace
