// Wrong arguments are found before any message leaves; every operation checks them.

#include <cohort/p2p.hpp>

#include "ring.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace {

using namespace cohort::test;
using cohort::argument_error;
using cohort::communicator;

/// Calls every operation that sends, with this destination and tag.
template <class Use>
void every_send(const communicator& comm, cohort::to bad, Use&& use) {
  int value = 0;
  use([&] { comm.send(1, bad); });
  use([&] { comm.send(std::map<int, int>{}, bad); });
  use([&] { (void)comm.isend(value, bad); });
  use([&] { (void)comm.isend(std::vector{1}, bad); });
  use([&] { (void)comm.isend(std::map<int, int>{}, bad); });
  use([&] { comm.ssend(1, bad); });
  use([&] { comm.rsend(1, bad); });
  use([&] { comm.bsend(1, bad); });
  use([&] { comm.bsend(std::map<int, int>{}, bad); });
  use([&] { (void)comm.issend(value, bad); });
  use([&] { (void)comm.irsend(value, bad); });
  use([&] { (void)comm.send_init(value, bad); });
  use([&] { (void)comm.ssend_init(value, bad); });
  use([&] { comm.sendrecv_replace(value, {.dest = bad.dest, .source = 0, .sendtag = bad.tag}); });
  use([&] { comm.sendrecv_into(1, value, {.dest = bad.dest, .source = 0, .sendtag = bad.tag}); });
  use([&] { (void)comm.sendrecv<int>(1, {.dest = bad.dest, .source = 0, .sendtag = bad.tag}); });
  use([&] { (void)comm.sendrecv<std::string>(1, {.dest = bad.dest, .source = 0, .sendtag = bad.tag}); });
}

/// Calls every operation that receives, with this source and tag.
template <class Use>
void every_recv(const communicator& comm, cohort::from bad, Use&& use) {
  int value = 0;
  use([&] { (void)comm.recv<int>(bad); });
  use([&] { (void)comm.recv<std::vector<int>>(bad); });
  use([&] { (void)comm.recv<std::map<int, int>>(bad); });
  use([&] { comm.recv_into(value, bad); });
  use([&] { (void)comm.irecv<int>(bad); });
  use([&] { (void)comm.irecv<std::vector<int>>(3, bad); });
  use([&] { (void)comm.irecv_into(value, bad); });
  use([&] { (void)comm.irecv<std::vector<int>>(bad); });
  use([&] { (void)comm.irecv<std::map<int, int>>(bad); });
  use([&] { (void)comm.recv_init(value, bad); });
  use([&] { comm.sendrecv_replace(value, {.dest = 0, .source = bad.source, .recvtag = bad.tag}); });
  use([&] { comm.sendrecv_into(1, value, {.dest = 0, .source = bad.source, .recvtag = bad.tag}); });
  use([&] { (void)comm.sendrecv<std::string>(1, {.dest = 0, .source = bad.source, .recvtag = bad.tag}); });
  use([&] { comm.probe(bad); });
  use([&] { comm.iprobe(bad); });
  use([&] { (void)comm.mprobe(bad); });
  use([&] { (void)comm.improbe(bad); });
}

/// Expects an argument_error that says `what`.
auto refused(std::string what) {
  return [what = std::move(what)](auto&& call) {
    try {
      call();
      ADD_FAILURE() << "accepted; expected: " << what;
    } catch (const argument_error& e) {
      EXPECT_NE(std::string{e.what()}.find(what), std::string::npos) << e.what();
      EXPECT_NE(std::string{e.what()}.find("p2p/error_test.cpp:"), std::string::npos) << e.what();
    }
  };
}

TEST(p2p_error, wrong_destination) {
  const auto size = std::to_string(world().size());
  every_send(world(), {.dest = world().size()}, refused("destination " + size + " does not exist"));
  every_send(world(), {.dest = cohort::any_source}, refused("destination -1 does not exist"));
}

TEST(p2p_error, missing_destination) {
  every_send(world(), {}, refused("no destination (it has no default)"));
}

TEST(p2p_error, wrong_tag) {
  every_send(world(), {.dest = 0, .tag = -1}, refused("tag -1 is out of range"));
  every_recv(world(), {.source = 0, .tag = -5}, refused("tag -5 is out of range"));
}

TEST(p2p_error, wrong_source) {
  const auto size = std::to_string(world().size());
  every_recv(world(), {.source = world().size(), .tag = 1}, refused("source " + size + " does not exist"));
  every_recv(world(), {.source = -9, .tag = 1}, refused("source -9 does not exist"));
}

TEST(p2p_error, empty_communicator) {
  const communicator none;
  every_send(none, {.dest = 0}, refused("the communicator is empty"));
  every_recv(none, {.source = 0}, refused("the communicator is empty"));
}

TEST(p2p_error, nothing_was_sent) {
  EXPECT_FALSE(world().iprobe());
}

TEST(p2p_error, a_value_that_comes_short) {
  const int here = world().rank();
  const auto leaving = world().isend(1, {.dest = here, .tag = 1});
  try {
    (void)world().recv<double>({.source = here, .tag = 1});
    ADD_FAILURE() << "accepted";
  } catch (const cohort::error& e) {
    EXPECT_NE(std::string{e.what()}.find("a message of 4 bytes came for a value of 8 bytes (the two sides disagree "
                                         "about the type); receive the type that was sent"),
              std::string::npos)
        << e.what();
  }
}

TEST(p2p_error, a_value_that_comes_long) {
  const int here = world().rank();
  world().isend(std::vector{1, 2}, {.dest = here, .tag = 1}).wait();
  EXPECT_THROW((void)world().recv<int>({.source = here, .tag = 1}), cohort::mpi_error);
}

TEST(p2p_error, half_an_element) {
  const int here = world().rank();
  world().isend(std::string{"abc"}, {.dest = here, .tag = 1}).wait();
  EXPECT_THROW((void)world().recv<std::vector<int>>({.source = here, .tag = 1}), cohort::error);
}

}  // namespace
