// Real processes that are killed or meet a limit.

#include "journal_test_support.hpp"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstring>
#include <new>
#include <string>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

namespace {

using namespace journal_test;

/// A number in memory that a child shares with us, and that outlives the child.
class shared_number {
 public:
  shared_number()
      : at_{::mmap(nullptr, sizeof(number), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)} {
    if (at_ == MAP_FAILED) throw std::bad_alloc{};
    new (at_) number{0};
  }
  shared_number(const shared_number&) = delete;
  shared_number& operator=(const shared_number&) = delete;
  ~shared_number() { ::munmap(at_, sizeof(number)); }
  std::atomic<std::uint64_t>& operator*() const { return *static_cast<number*>(at_); }

 private:
  using number = std::atomic<std::uint64_t>;
  void* at_;
};

std::string text_of(std::uint64_t i) {
  return std::to_string(i) + std::string(i % 50, '.');
}

TEST(JournalProcess, NothingThatAppendReturnedForIsLostByKill) {
  const scratch folder;
  const auto file = folder / "journal";
  const shared_number acknowledged;
  for (int round = 0; round != 30; ++round) {
    const auto begun = (*acknowledged).load();
    const auto child = ::fork();
    if (child == 0) {
      std::uint64_t next = 0;
      journal::writer to{
          file, ours, [&](const journal::record&) { ++next; }, {.commit_within = std::chrono::microseconds{200}}};
      for (;; ++next) {
        if (next % 7 == 3) to.add(2, bytes_of(text_of(next++)));
        to.append(1, bytes_of(text_of(next)));
        (*acknowledged).store(next + 1);
      }
    }
    while ((*acknowledged).load() < begun + 1 + static_cast<std::uint64_t>(round * 37) &&
           ::waitpid(child, nullptr, WNOHANG) == 0) {
    }
    expect_said(message_of([&] { journal::writer{file, ours}; }), "process " + std::to_string(child) + " on ");
    ::kill(child, SIGKILL);
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    const auto all = entries_of(file);
    EXPECT_GE(all.size(), (*acknowledged).load());
    for (std::size_t i = 0; i != all.size(); ++i) EXPECT_EQ(all[i].text, text_of(i));
    (*acknowledged).store(all.size());
    if (testing::Test::HasFailure()) break;
  }
  EXPECT_TRUE(std::filesystem::exists(file + ".holder")) << "left by the killed";
  EXPECT_EQ(message_of([&] { journal::writer{file, ours}; }), "") << "and no obstacle";
}

TEST(JournalProcess, ALimitOfTheFilesLengthDamagesNothing) {
  const scratch folder;
  const auto file = folder / "journal";
  const auto child = ::fork();
  if (child == 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{1000, 1000};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) ::_exit(2);
    journal::writer to{file, ours, {}, by_hand()};
    const auto said = message_of([&] {
      for (std::uint64_t i = 0;; ++i) append(to, {1, text_of(i)});
    });
    ::_exit(said.find("File too large") != std::string::npos ? 0 : 1);
  }
  int status = -1;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  const auto all = entries_of(file);
  EXPECT_GT(all.size(), 10U);
  for (std::size_t i = 0; i != all.size(); ++i) EXPECT_EQ(all[i].text, text_of(i));
  EXPECT_EQ(journal::read(file, ours, {}).torn, 0U);
}

}  // namespace
