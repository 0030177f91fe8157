// The example of docs/faults.md of a program that cohort-run --fault-tolerant keeps alive and that sends messages
// of its own.
#include <cohort/cluster.hpp>

#include "support/world.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>
#include <unistd.h>

namespace {

using cohort::test::world;

// example: verdict
/// On rank 0: `work` is your program.
int lead(const std::function<int()>& work) {
  const cohort::cluster::sign_of_life alive;  // a thread that tells cohort-run once a second
  const int status = work();
  cohort::cluster::leave_verdict({status, "all is done"});
  return status;
}
// end

// example: output
/// On rank 0: afterwards the user's file, pipe or terminal has it.
void print(const cohort::cluster::launcher_output& user, const std::string& line) {
  if (::write(user.out(), line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
    throw std::runtime_error{"cannot write to standard output; make room"};
  }
}
// end

TEST(Faults, AProgramPrintsWhatMustNotBeLost) {
  const auto file = std::filesystem::temp_directory_path() / ("output." + std::to_string(::getpid()));
  const int ours = ::dup(STDOUT_FILENO);
  const int to = ::open(file.c_str(), O_CREAT | O_RDWR | O_EXCL, 0600);
  ASSERT_GE(to, 0);
  ::dup2(to, STDOUT_FILENO);
  {
    const cohort::cluster::launcher_output user;
    print(user, "result\n");
  }
  ::dup2(ours, STDOUT_FILENO);
  ::close(ours);
  std::array<char, 20> text{};
  EXPECT_EQ(::pread(to, text.data(), text.size(), 0), 7);
  EXPECT_STREQ(text.data(), "result\n");
  ::close(to);
  std::filesystem::remove(file);
}

TEST(Faults, AProgramLeavesItsVerdict) {
  const auto file = (std::filesystem::temp_directory_path() /
                     ("verdict." + std::to_string(::getpid()) + "." + std::to_string(world().rank())))
                        .string();
  ASSERT_EQ(::setenv("COHORT_VERDICT", file.c_str(), 1), 0);
  ASSERT_TRUE(cohort::cluster::ask_for_signs(file));
  const auto status = lead([&file] {
    while (!cohort::cluster::read_sign(file)) ::usleep(1000);
    return 4;
  });
  EXPECT_EQ(status, 4);
  EXPECT_EQ(cohort::cluster::read_verdict(file), (cohort::cluster::verdict{4, "all is done"}));
  cohort::cluster::remove_verdict(file);
  ::unsetenv("COHORT_VERDICT");
}

}  // namespace
