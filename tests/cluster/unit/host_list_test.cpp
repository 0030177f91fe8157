// What mpirun's --host takes.

#include <cohort/cluster/hostfile.hpp>

#include "cluster_test_support.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace {

using namespace cluster_test;
using namespace cohort::cluster;

TEST(HostList, Forms) {
  EXPECT_EQ(parse_host_list("a").hosts, (std::vector<host>{{.name = "a", .slots = 1}}));
  EXPECT_EQ(parse_host_list("a:2,bob@b.example.org,c:*").hosts,
            (std::vector<host>{{.name = "a", .slots = 2},
                               {.name = "b", .full_name = "b.example.org", .user = "bob", .slots = 1},
                               {.name = "c"}}));
  EXPECT_EQ(parse_host_list("a,b,a:3").hosts,
            (std::vector<host>{{.name = "a", .slots = 4}, {.name = "b", .slots = 1}}));
  EXPECT_EQ(parse_host_list("a,a:auto").hosts, (std::vector<host>{{.name = "a"}}));
  const auto relative = parse_host_list("+n1,+e:2");
  EXPECT_EQ(relative.relative, (std::vector<std::string>{"+n1", "+e:2"}));
  EXPECT_TRUE(relative.hosts.empty());
}

TEST(HostList, WhatIsNone) {
  for (const auto* wrong :
       {"", "a,", ",a", "a,,b", "a:", "a:x", "a:-1", "a:2:3", "a b", "a;b", "a[1]", "+x", "a slots=2", "u@v@a"}) {
    expect_error(wrong, "in the list of hosts is wrong", [&] { (void)parse_host_list(wrong); });
  }
}

}  // namespace
