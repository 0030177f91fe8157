// Hostfiles. What each form means is compared with mpirun itself by same_as_mpirun.sh; here are the details, and
// the messages.

#include <cohort/cluster/hostfile.hpp>

#include "cluster_test_support.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

using namespace cluster_test;
using namespace cohort::cluster;

/// Of a text without findings.
std::vector<host> hosts_of(const std::string& text) {
  const auto reading = check_hostfile(text);
  for (const auto& each : reading.findings) ADD_FAILURE() << text << ": " << each.text;
  return reading.hosts.hosts;
}

/// The only finding of a text.
hostfile_finding finding_of(const std::string& text) {
  const auto reading = check_hostfile(text);
  EXPECT_EQ(reading.findings.size(), 1U) << text;
  return reading.findings.empty() ? hostfile_finding{} : reading.findings.front();
}

void expect_refused(const std::string& text, unsigned line, const std::string& part) {
  const auto found = finding_of(text);
  EXPECT_TRUE(found.error) << text;
  EXPECT_EQ(found.line, line) << text;
  EXPECT_NE(found.text.find(part), std::string::npos) << text << ": " << found.text;
  EXPECT_NE(found.text.find(';'), std::string::npos) << "it should say what to do: " << found.text;
}

void expect_remark(const std::string& text, unsigned line, const std::string& part) {
  const auto found = finding_of(text);
  EXPECT_FALSE(found.error) << text;
  EXPECT_EQ(found.line, line) << text;
  EXPECT_NE(found.text.find(part), std::string::npos) << text << ": " << found.text;
}

TEST(Hostfile, Forms) {
  EXPECT_EQ(hosts_of(""), std::vector<host>{});
  EXPECT_EQ(hosts_of("# nothing\n\n  \t\n// here\n/* or\n there */\n"), std::vector<host>{});
  EXPECT_EQ(hosts_of("a\nb slots=4\n"),
            (std::vector<host>{{.name = "a", .line = 1}, {.name = "b", .slots = 4, .line = 2}}));
  EXPECT_EQ(hosts_of("a slots = 2 max-slots=4 # comment\n"),
            (std::vector<host>{{.name = "a", .slots = 2, .max_slots = 4, .line = 1}}));
  EXPECT_EQ(hosts_of("a count=2\nb cpu=3"),
            (std::vector<host>{{.name = "a", .slots = 2, .line = 1}, {.name = "b", .slots = 3, .line = 2}}));
  EXPECT_EQ(hosts_of("bob@a\nb username=al slots=1\n"),
            (std::vector<host>{{.name = "a", .user = "bob", .line = 1},
                               {.name = "b", .user = "al", .slots = 1, .line = 2}}));
  EXPECT_EQ(hosts_of("10.0.0.7 slots=2 port=2222\nfe80::1 slots=3\n"),
            (std::vector<host>{{.name = "10.0.0.7", .slots = 2, .port = 2222, .line = 1},
                               {.name = "fe80::1", .slots = 3, .line = 2}}));
  EXPECT_EQ(hosts_of("7 slots=2\n"), (std::vector<host>{{.name = "7", .slots = 2, .line = 1}}));
}

TEST(Hostfile, TheDomainIsNoPartOfTheName) {
  EXPECT_EQ(hosts_of("u@a.example.org slots=2\n"),
            (std::vector<host>{{.name = "a", .full_name = "a.example.org", .user = "u", .slots = 2, .line = 1}}));
  EXPECT_EQ(hosts_of("a.example.org\na\n").size(), 1U);
  EXPECT_EQ(hosts_of("10.0.0.1\n10.0.0.2\n").size(), 2U);
}

TEST(Hostfile, LinesOfOneHostAddUp) {
  EXPECT_EQ(hosts_of("a\nb\na\na\n"),
            (std::vector<host>{{.name = "a", .slots = 3, .line = 1}, {.name = "b", .line = 2}}));
  EXPECT_EQ(hosts_of("a slots=2\na\n").front().slots, 3);
  expect_refused("a slots=2\nb\na slots=3\n", 3, "slots of a are given twice");
  expect_refused("a\na slots=3\n", 2, "slots of a are given twice");
  expect_refused("a slots=1 slots=2\n", 1, "given twice");
}

TEST(Hostfile, TheMostSlotsAreTheSlotsIfNothingElseIsSaid) {
  EXPECT_EQ(hosts_of("a max_slots=4\n"), (std::vector<host>{{.name = "a", .slots = 4, .max_slots = 4, .line = 1}}));
  expect_refused("a slots=4 max_slots=2\n", 1, "max_slots=2 is less than the slots of a, 4");
  expect_refused("a max_slots=0\n", 1, "less than the slots");
  expect_remark("a max_slots=2 slots=4\n", 1, "max_slots=2 is without effect");
}

TEST(Hostfile, LinesOfARankfile) {
  EXPECT_EQ(hosts_of("rank 0=a slot=1:0-1\nrank 1=bob@b slot=0\nrank 2=a\n"),
            (std::vector<host>{{.name = "a", .slots = 2, .line = 1},
                               {.name = "b", .user = "bob", .slots = 1, .line = 2}}));
  expect_refused("rank 0\na\n", 1, "rank names no host");
  expect_refused("rank 0=\na\n", 1, "rank names no host");
}

TEST(Hostfile, HostsOfAnAllocation) {
  const auto reading = check_hostfile("+n2\n+e:3\n+E\na\n");
  EXPECT_TRUE(reading.findings.empty());
  EXPECT_EQ(reading.hosts.relative, (std::vector<std::string>{"+n2", "+e:3", "+E"}));
  EXPECT_EQ(reading.hosts.hosts.size(), 1U);
  expect_remark("+n2 slots=3\n", 1, "the options of +n2 are without effect");
  expect_refused("+x\n", 1, "'+' does not belong");
}

TEST(Hostfile, SaysWhatToWrite) {
  expect_refused("a\nb\nc slots=many\n", 3, "slots=many (a number is needed); write slots=8");
  expect_refused("a slots=-1\n", 1, "slots=-1 (a number is needed); write slots=8");
  expect_refused("a slots=\nb\n", 1, "slots= has no value");
  expect_refused("a slots\n", 1, "slots has no value");
  expect_refused("a slots 4\n", 1, "slots has no value");
  expect_refused("a slots=99999999999\n", 1, "slots=99999999999 is too large");
  expect_refused("a slots=4294967297\n", 1, "is too large");
  expect_refused("a Slots=4\n", 1, "Slots= is not understood");
  expect_refused("slots=4\n", 1, "the line has no host");
  expect_refused("a port=ssh\n", 1, "port=ssh (a number is needed); write port=22");
  expect_refused("a b.example.org\n", 1, "'b.example.org' is where an option should be");
  expect_refused("a boards=2\n", 1, "boards is not understood");
  expect_refused("node[1-4] slots=2\n", 1, "each host a line of its own");
  expect_refused("a\n^b\n", 2, "cannot be excluded by ^");
  expect_refused("\"a\" slots=2\n", 1, "in quotes");
  expect_refused("a slots=2\r\n", 1, "dos2unix");
  expect_refused("a # the last line", 1, "end the file with a line end");
  expect_refused("u@v@a\n", 1, "'u@v@a' is not one user and one host");
  expect_refused("a;b\n", 1, "';' does not belong");
  expect_refused(std::string{"a\x01\n"}, 1, "'\\x01' does not belong");
}

TEST(Hostfile, SaysWhatIsWithoutEffect) {
  expect_remark("a 4\n", 1, "'4' is without effect (mpirun ignores words behind a host's name); write slots=4");
  expect_remark("a b\n", 1, "write each host in a line of its own");
  expect_remark("a:4\n", 1, "'a:4' is taken for the name of one host");
  expect_remark("a,b slots=2\n", 1, "'a,b' is taken for the name of one host");
  expect_remark("a username=b.c\n", 1, "username=b.c is without effect");
  expect_remark("bob@a\nal@a\n", 2, "the user al is without effect");
  expect_remark("a\n/* b\nc\n", 2, "a comment begins that nothing ends");
}

TEST(Hostfile, EveryErrorIsFound) {
  const auto reading = check_hostfile("a slots=x\nb slots=2\n^c\n[d]\ne slots=3\n");
  std::vector<unsigned> lines;
  for (const auto& each : reading.findings) lines.push_back(each.line);
  EXPECT_EQ(lines, (std::vector<unsigned>{1, 3, 4}));
  EXPECT_EQ(reading.hosts.hosts.back().name, "e");
}

TEST(Hostfile, NamesOfThisHost) {
  const local_names here{[](const std::string& name) { return name == "localhost" || name == "127.0.0.1"; }, "me"};
  const auto reading = check_hostfile("localhost\n127.0.0.1\nme\nother\n", here);
  ASSERT_EQ(reading.hosts.hosts.size(), 2U);
  EXPECT_EQ(reading.hosts.hosts[0].name, "me");
  EXPECT_EQ(reading.hosts.hosts[0].full_name, "localhost");
  EXPECT_EQ(reading.hosts.hosts[0].slots, 3);
}

TEST(Hostfile, FilesAreReadAndWritten) {
  const scratch folder;
  const auto file = folder.path("hosts");
  const hostfile hosts{{{.name = "a", .full_name = "a.example.org", .user = "bob", .slots = 2, .line = 1},
                        {.name = "b", .user = "_x", .max_slots = {}, .line = 2},
                        {.name = "fe80::1", .slots = 4, .max_slots = 8, .port = 22, .line = 3}},
                       {"+n1"}};
  EXPECT_EQ(to_text(hosts), "bob@a.example.org slots=2\nb username=_x\nfe80::1 slots=4 max_slots=8 port=22\n+n1\n");
  write_hostfile(file, hosts);
  EXPECT_EQ(read_hostfile(file), hosts);

  folder.write("bad", "a\nb\nc slots=many\n");
  try {
    (void)read_hostfile(folder.path("bad"));
    ADD_FAILURE() << "read";
  } catch (const hostfile_error& e) {
    EXPECT_EQ(e.what(), folder.path("bad") + ":3: slots=many (a number is needed); write slots=8");
    EXPECT_EQ(e.line(), 3U);
    EXPECT_EQ(e.file(), folder.path("bad"));
  }
  expect_error("no such file", "cannot be read (No such file or directory)",
               [&] { (void)read_hostfile(folder.path("missing")); });
  expect_error("a directory", "cannot be read (Is a directory)", [&] { (void)read_hostfile(folder.path()); });
  expect_error("no such directory", "cannot be written (No such file or directory)",
               [&] { write_hostfile(folder.path("no/such"), hosts); });
  folder.write("remarks", "a 4\n");
  EXPECT_EQ(read_hostfile(folder.path("remarks")).hosts.size(), 1U);
}

TEST(Hostfile, WhatCannotBeWritten) {
  for (const auto* name : {"", "a b", "a\nb", "a#", "slots", "a=b", "[a]", "u@a", "+n1"}) {
    expect_error(name, "cannot be written to a hostfile", [&] { (void)to_text({{{.name = name}}, {}}); });
  }
  expect_error("slots", "cannot be written", [] { (void)to_text({{{.name = "a", .slots = -1}}, {}}); });
  expect_error("twice", "cannot be written", [] {
    (void)to_text({{{.name = "a", .slots = 4, .max_slots = 2}}, {}});
  });
  expect_error("relative", "is not a host of an allocation", [] { (void)to_text({{}, {"+x"}}); });
}

}  // namespace
