#include "farm/task_list.hpp"

#include "farm/errors.hpp"
#include "farm_test_support.hpp"

#include <fcntl.h>

namespace {

using namespace farm_test;
using cohort_farm::farm_error;
using cohort_farm::task_list;

std::string refusal(const std::string& text) {
  return message_of<farm_error>([&] { (void)task_list::parse(text, "list"); });
}

TEST(TaskList, SkipsBlankLinesAndComments) {
  const auto list =
      task_list::parse("# first\necho 1\n\n  \t\n  # indented\n  echo 2 # no comment\r\n\r\necho 3", "list");
  ASSERT_EQ(list.size(), 3U);
  EXPECT_EQ(list[0], "echo 1");
  EXPECT_EQ(list[1], "  echo 2 # no comment");
  EXPECT_EQ(list[2], "echo 3");
  EXPECT_EQ(list.line_number(0), 2U);
  EXPECT_EQ(list.line_number(1), 6U);
  EXPECT_EQ(list.line_number(2), 8U);
}

TEST(TaskList, TextsOfWindows) {
  const auto list = task_list::parse(
      "\xEF\xBB\xBF"
      "a\r\nb \r\n",
      "list");
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0], "a");
  EXPECT_EQ(list[1], "b ");
}

TEST(TaskList, RefusesWhatIsNoCommand) {
  EXPECT_NE(refusal(std::string("echo\na\0b\n", 9)).find("list:2 is not a command (it has a NUL byte"),
            std::string::npos);
  EXPECT_NE(refusal("x\n" + std::string(131072, 'y')).find("list:2 is too long"), std::string::npos);
  EXPECT_EQ(task_list::parse(std::string(131071, 'y') + "\r\n", "list").size(), 1U);
  EXPECT_NE(refusal("").find("it is empty"), std::string::npos);
  EXPECT_NE(refusal("\n# nothing\n").find("only blank lines and comments"), std::string::npos);
  // A comment is no command, whatever it has.
  EXPECT_EQ(task_list::parse(std::string("#\0\nx", 4), "list").size(), 1U);
}

TEST(TaskList, ReadsFiles) {
  scratch here;
  put(here / "list", "one\ntwo\n");
  EXPECT_EQ(task_list::read(here / "list").size(), 2U);
  EXPECT_EQ(task_list::read(here / "list").name(), here / "list");
  const auto missing = message_of<farm_error>([&] { (void)task_list::read(here / "none"); });
  EXPECT_NE(missing.find("none (No such file or directory); check the name"), std::string::npos) << missing;
  const auto directory = message_of<farm_error>([&] { (void)task_list::read(here.path()); });
  EXPECT_NE(directory.find("(Is a directory); name a file"), std::string::npos) << directory;
}

TEST(TaskList, ReadsStandardInput) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const int old = ::dup(0);
  ::dup2(ends[0], 0);
  ASSERT_EQ(::write(ends[1], "a\nb\nc", 5), 5);
  ::close(ends[1]);
  const auto list = task_list::read("-");
  EXPECT_EQ(list.size(), 3U);
  EXPECT_EQ(list.name(), "standard input");
  ::close(0);
  const auto closed = message_of<farm_error>([] { (void)task_list::read("-"); });
  EXPECT_NE(closed.find("standard input"), std::string::npos) << closed;
  ::dup2(old, 0);
  ::close(old);
  ::close(ends[0]);
}

TEST(TaskList, AMillionLines) {
  scratch here;
  {
    std::ofstream out{here / "list"};
    for (int i = 1; i <= 1000000; ++i) out << "echo " << i << '\n';
  }
  const auto list = task_list::read(here / "list");
  ASSERT_EQ(list.size(), 1000000U);
  EXPECT_EQ(list[999999], "echo 1000000");
  EXPECT_EQ(list.line_number(499999), 500000U);
}

}  // namespace
