// Slurm's notation for nodes and numbers per node.

#include <cohort/cluster/node_list.hpp>

#include "cluster_test_support.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace {

using namespace cluster_test;
using namespace cohort::cluster;
using names = std::vector<std::string>;
using counts = std::vector<unsigned>;

TEST(NodeList, Expands) {
  EXPECT_EQ(expand_node_list(""), names{});
  EXPECT_EQ(expand_node_list(" node1\n"), names{"node1"});
  EXPECT_EQ(expand_node_list("node[01-03,7],gpu[1-2]-ib"),
            (names{"node01", "node02", "node03", "node7", "gpu1-ib", "gpu2-ib"}));
  EXPECT_EQ(expand_node_list("a,b,c.example.org"), (names{"a", "b", "c.example.org"}));
  EXPECT_EQ(expand_node_list("n[8-11]"), (names{"n8", "n9", "n10", "n11"}));
  EXPECT_EQ(expand_node_list("n[098-101]"), (names{"n098", "n099", "n100", "n101"}));
  EXPECT_EQ(expand_node_list("rack[1-2]n[1-2]"), (names{"rack1n1", "rack1n2", "rack2n1", "rack2n2"}));
  EXPECT_EQ(expand_node_list("[3-4]"), (names{"3", "4"}));
  EXPECT_EQ(expand_node_list("n[1-65536]").size(), most_nodes);
}

TEST(NodeList, WhatIsNone) {
  for (const auto* wrong : {"a,",
                            ",a",
                            "a,,b",
                            "n[",
                            "n]",
                            "n[]",
                            "n[1",
                            "n[1-]",
                            "n[-1]",
                            "n[2-1]",
                            "n[1,]",
                            "n[,1]",
                            "n[a-b]",
                            "n[1[2]]",
                            "n[1-99999999999999999999]",
                            "n[1-65537]",
                            "n[1-300]m[1-300]",
                            "n[1-65536],m",
                            "n[+1]",
                            "n[1 ]"}) {
    expect_error(wrong, "is not a list of nodes", [&] { (void)expand_node_list(wrong); });
  }
  expect_error("a long name", "a name is longer", [] { (void)expand_node_list(std::string(300, 'a')); });
}

TEST(NodeList, Compresses) {
  const auto compress = [](const names& of) { return compress_node_list(of); };
  EXPECT_EQ(compress({}), "");
  EXPECT_EQ(compress({"a"}), "a");
  EXPECT_EQ(compress({"node01"}), "node01");
  EXPECT_EQ(compress({"node01", "node02", "node03", "node7", "gpu1-ib", "gpu2-ib"}), "node[01-03,7],gpu[1-2]-ib");
  EXPECT_EQ(compress({"n9", "n10", "n11"}), "n[9-11]");
  EXPECT_EQ(compress({"n09", "n10", "n100"}), "n[09-10,100]");
  EXPECT_EQ(compress({"a", "n1", "n1", "n3", "b"}), "a,n[1,1,3],b");
  EXPECT_EQ(compress({"r1n1", "r1n2", "r2n1"}), "r1n[1-2],r2n1");
  expect_error("empty", "is not a node's name", [&] { (void)compress({""}); });
  expect_error("a comma", "is not a node's name", [&] { (void)compress({"a,b"}); });
}

TEST(NodeList, CompressedListsExpandToTheSameNames) {
  std::mt19937 random{7};
  const std::vector<std::string> parts{
      "n", "node", "0", "1", "9", "09", "10", "99", "-", "ib", "12345678901234567890"};
  for (int round = 0; round != 2000; ++round) {
    names all;
    const auto number = random() % 12;
    for (std::size_t i = 0; i != number; ++i) {
      if (!all.empty() && random() % 2 == 0) {  // a neighbour
        const auto last = expand_node_list(all.back()).front();
        const auto digits = last.find_last_not_of("0123456789") + 1;
        if (digits < last.size() && last.size() - digits < 9) {
          auto next = std::to_string(std::stoul(last.substr(digits)) + 1);
          next.insert(0, last.size() - digits > next.size() ? last.size() - digits - next.size() : 0, '0');
          all.push_back(last.substr(0, digits) + next);
          continue;
        }
      }
      std::string name;
      for (auto more = 1 + random() % 3; more != 0; --more) name += parts[random() % parts.size()];
      all.push_back(name);
    }
    const auto list = compress_node_list(all);
    EXPECT_EQ(expand_node_list(list), all) << list;
  }
}

TEST(Counts, Expands) {
  EXPECT_EQ(expand_counts(""), counts{});
  EXPECT_EQ(expand_counts("4"), counts{4});
  EXPECT_EQ(expand_counts("2(x3),1"), (counts{2, 2, 2, 1}));
  EXPECT_EQ(expand_counts("16(x2),8,4(x1)"), (counts{16, 16, 8, 4}));
  for (const auto* wrong :
       {"a", "2(x", "2(x)", "2x3", "2(3)", "2,", ",2", "-1", "2(x99999)", "2(x3)4", "99999999999"}) {
    expect_error(wrong, "is not a list of counts", [&] { (void)expand_counts(wrong); });
  }
}

}  // namespace
