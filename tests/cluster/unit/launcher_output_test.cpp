// How rank 0 comes by cohort-run's own output. The rank is a child of this process, which is cohort-run and mpirun.

#include <cohort/cluster/launcher_output.hpp>

#include "cluster_test_support.hpp"

#include <gtest/gtest.h>

#include <array>
#include <fcntl.h>
#include <functional>
#include <optional>
#include <poll.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using namespace cluster_test;
using namespace cohort::cluster;

variables naming(const std::string& name) {
  return [name](const char* which) -> std::optional<std::string> {
    if (std::string{which} == "COHORT_OUTPUT") return name;
    return std::nullopt;
  };
}

struct pipes {
  pipes() { EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0); }
  pipes(const pipes&) = delete;
  pipes& operator=(const pipes&) = delete;
  ~pipes() {
    for (const int each : ends) ::close(each);
  }
  std::array<int, 2> ends{};
};

void put(int to, const std::string& text) {
  EXPECT_EQ(::write(to, text.data(), text.size()), static_cast<ssize_t>(text.size()));
}

/// Runs `rank` in a child whose output and error are these; answers what it asks. Returns its exit status.
int with_rank(const output_offer& offer, int out, int err, const std::function<int()>& rank) {
  const auto child = ::fork();
  if (child == 0) {
    ::dup2(out, STDOUT_FILENO);
    ::dup2(err, STDERR_FILENO);
    ::_exit(rank());
  }
  int status = 0;
  while (::waitpid(child, &status, WNOHANG) == 0) {
    pollfd asked{offer.socket(), POLLIN, 0};
    (void)::poll(&asked, 1, 10);
    offer.answer(::getpid());
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

class LauncherOutput : public testing::Test {
 protected:
  void SetUp() override {
    out = ::open(folder.path("out").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0666);
    err = ::open(folder.path("err").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0666);
  }
  void TearDown() override {
    ::close(out);
    ::close(err);
  }
  [[nodiscard]] std::string read(const std::string& name) const {
    std::array<char, 200> text{};
    const int from = ::open(folder.path(name).c_str(), O_RDONLY | O_CLOEXEC);
    const auto got = ::read(from, text.data(), text.size());
    ::close(from);
    return {text.data(), got < 0 ? 0 : static_cast<std::size_t>(got)};
  }

  scratch folder;
  int out = -1;
  int err = -1;
};

TEST_F(LauncherOutput, IsTheLaunchersOwn) {
  put(out, "before\n");
  const output_offer offer{out, err};
  ASSERT_FALSE(offer.name().empty());
  const pipes first;
  const pipes second;
  const int status = with_rank(offer, first.ends[1], second.ends[1], [&] {
    const launcher_output to{naming(offer.name())};
    put(to.out(), "result\n");
    put(to.err(), "warning\n");
    return to.direct() ? 7 : 8;
  });
  EXPECT_EQ(status, 7);
  put(out, "after\n");
  EXPECT_EQ(read("out"), "before\nresult\nafter\n") << "at one position";
  EXPECT_EQ(read("err"), "warning\n");
}

TEST_F(LauncherOutput, ATerminalLeadsToItsMaster) {
  const int master = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  ASSERT_GE(master, 0);
  ASSERT_EQ(::grantpt(master), 0);
  ASSERT_EQ(::unlockpt(master), 0);
  std::array<char, 100> name{};
  ASSERT_EQ(::ptsname_r(master, name.data(), name.size()), 0);
  const int slave = ::open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC);
  ASSERT_GE(slave, 0);
  const output_offer offer{out, err};
  EXPECT_EQ(with_rank(offer, slave, slave,
                      [&] {
                        const launcher_output to{naming(offer.name())};
                        put(to.out(), "result\n");
                        return to.direct() ? 7 : 8;
                      }),
            7);
  EXPECT_EQ(read("out"), "result\n");
  ::close(slave);
  ::close(master);
}

TEST_F(LauncherOutput, WhatIsRedirectedStays) {
  const output_offer offer{out, err};
  const pipes known;
  const int inner = ::open(folder.path("inner").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0666);
  EXPECT_EQ(with_rank(offer, inner, known.ends[1],
                      [&] {
                        const launcher_output to{naming(offer.name())};
                        put(to.out(), "result\n");
                        put(to.err(), "warning\n");
                        return to.direct() ? 7 : 8;
                      }),
            8);
  EXPECT_EQ(read("inner"), "result\n");
  EXPECT_EQ(read("out"), "");
  EXPECT_EQ(read("err"), "warning\n") << "each for itself";
  ::close(inner);
}

TEST_F(LauncherOutput, OnlyWhatMpirunReads) {
  const output_offer offer{out, err};
  EXPECT_EQ(with_rank(offer, out, err,
                      [&] {  // as in result=$(cohort-farm tasks), run by rank 0's shell
                        const pipes mine;
                        ::dup2(mine.ends[1], STDOUT_FILENO);
                        const launcher_output to{naming(offer.name())};
                        return to.direct() || to.err() != STDERR_FILENO ? 7 : 8;
                      }),
            8);
}

TEST(LauncherOutputOfNobody, IsOurs) {
  for (const auto* name : {"", "cohort-output.nobody", "x"}) {
    const launcher_output to{naming(name)};
    EXPECT_EQ(to.out(), STDOUT_FILENO) << name;
    EXPECT_EQ(to.err(), STDERR_FILENO) << name;
    EXPECT_FALSE(to.direct()) << name;
  }
  const launcher_output unset{[](const char*) { return std::optional<std::string>{}; }};
  EXPECT_FALSE(unset.direct());
  const launcher_output too_long{naming(std::string(200, 'x'))};
  EXPECT_FALSE(too_long.direct());
}

TEST(LauncherOutputOfNobody, OneThatDoesNotAnswer) {
  const output_offer deaf{STDOUT_FILENO, STDERR_FILENO};
  const launcher_output to{naming(deaf.name())};
  EXPECT_FALSE(to.direct());
}

TEST(OutputOffer, NobodyHasAsked) {
  const output_offer offer{STDOUT_FILENO, STDERR_FILENO};
  const output_offer other{STDOUT_FILENO, STDERR_FILENO};
  EXPECT_NE(offer.name(), other.name());
  offer.answer(::getpid());
}

}  // namespace
