#include "fibonacci/output.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <fcntl.h>
#include <system_error>
#include <thread>
#include <unistd.h>

namespace {

TEST(output, writes_everything_in_order) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  std::string got;
  std::thread reader{[&] {
    char piece[4096];
    for (ssize_t n = 0; (n = read(ends[0], piece, sizeof piece)) > 0;)
      got.append(piece, static_cast<std::size_t>(n));
  }};
  std::string want;
  fibonacci::output out{ends[1]};
  for (int i = 0; i != 50'000; ++i) {
    const auto line = std::to_string(i) + "\n";
    out.write(line);
    want += line;
  }
  out.flush();
  close(ends[1]);
  reader.join();
  close(ends[0]);
  EXPECT_EQ(got, want);
}

TEST(output, tells_that_the_reader_has_gone) {
  std::signal(SIGPIPE, SIG_IGN);
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  close(ends[0]);
  fibonacci::output out{ends[1]};
  EXPECT_NO_THROW(out.write("a line\n"));  // kept until there is more
  EXPECT_THROW(out.flush(), fibonacci::reader_gone);
  close(ends[1]);
}

TEST(output, tells_what_failed) {
  const int full = open("/dev/full", O_WRONLY);
  ASSERT_GE(full, 0);
  fibonacci::output out{full};
  out.write("a line\n");
  try {
    out.flush();
    ADD_FAILURE() << "no error";
  } catch (const std::system_error& e) {
    EXPECT_EQ(e.code(), std::errc::no_space_on_device);
  }
  close(full);
}

}  // namespace
