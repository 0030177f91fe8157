#include <cohort/collective.hpp>
#include <cohort/core.hpp>
#include <cohort/core/exception_text.hpp>
#include <cohort/p2p.hpp>

#include "support/world.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <exception>
#include <string>
#include <vector>

namespace {

using cohort::test::world;

/// The message of the Exception that `call` throws; says so if it throws none or another.
template <class Exception, class Call>
std::string message_of(Call&& call) {
  try {
    call();
  } catch (const Exception& e) {
    return e.what();
  } catch (const std::exception& e) {
    return fmt::format("another exception: {}", e.what());
  }
  return "no exception";
}

constexpr cohort::call_site place{"file.cpp", 12};

std::string called(const char* routine) {
  return fmt::format("{} on rank {} (called at file.cpp:12): ", routine, world().rank());
}

TEST(argument_error, tells_routine_rank_place_problem_and_remedy) {
  const int size = world().size();
  const auto message = message_of<cohort::argument_error>([&] { world().send(1, {.dest = size}, place); });
  EXPECT_EQ(message, called("send") +
                         fmt::format("destination {} does not exist (the communicator has {} ranks); use 0 to {}",
                                     size, size, size - 1));
}

TEST(argument_error, no_destination) {
  const auto message = message_of<cohort::argument_error>([&] { world().send(1, {.tag = 3}, place); });
  EXPECT_EQ(message, called("send") + "no destination (it has no default); give {.dest = rank}");
}

TEST(argument_error, wrong_source) {
  const int size = world().size();
  const auto message = message_of<cohort::argument_error>([&] { (void)world().recv<int>({.source = -7}, place); });
  EXPECT_EQ(message, called("recv") +
                         fmt::format("source -7 does not exist (the communicator has {} ranks); use 0 to {}, or "
                                     "cohort::any_source",
                                     size, size - 1));
}

TEST(argument_error, no_source) {
  const auto message =
      message_of<cohort::argument_error>([&] { (void)world().sendrecv<int>(1, {.dest = 0}, place); });
  EXPECT_EQ(message, called("sendrecv") + "no source (it has no default here); give {.source = rank}");
}

TEST(argument_error, wrong_tag) {
  const auto message = message_of<cohort::argument_error>([&] { world().send(1, {.dest = 0, .tag = -1}, place); });
  EXPECT_EQ(message,
            called("send") + "tag -1 is out of range (this MPI allows 0 to 2147483647); choose one of these");
}

TEST(argument_error, wrong_root) {
  int value = 1;
  const int size = world().size();
  const auto message = message_of<cohort::argument_error>([&] { world().bcast(value, {.root = -1}, place); });
  EXPECT_EQ(message,
            called("bcast") +
                fmt::format("root -1 does not exist (the communicator has {} ranks); use 0 to {}", size, size - 1));
}

TEST(argument_error, wrong_length_is_told_in_elements_of_the_callers) {
  struct wide {
    double a = 0;
    double b = 0;
  };
  const auto size = static_cast<std::size_t>(world().size());
  std::vector<wide> all(size + 1);
  const auto message = message_of<cohort::argument_error>([&] { world().allgather_into(wide{}, all, place); });
  EXPECT_EQ(message,
            called("allgather_into") +
                fmt::format("the range has {} elements where {} are needed; make it that long", size + 1, size));
}

TEST(argument_error, empty_communicator) {
  const cohort::communicator none;
  const auto message = message_of<cohort::argument_error>([&] { none.barrier(place); });
  EXPECT_EQ(message,
            "barrier (called at file.cpp:12): the communicator is empty (default-constructed, or this rank took no "
            "part in a split); test it before use");
}

TEST(argument_error, null_communicator) {
  EXPECT_EQ(message_of<cohort::argument_error>([] { cohort::communicator{MPI_COMM_NULL}; }),
            "communicator: made from MPI_COMM_NULL (it names no ranks); use the default constructor");
}

TEST(argument_error, negative_color) {
  const auto message = message_of<cohort::argument_error>([] { (void)world().split(-3, 0, place); });
  EXPECT_EQ(message, called("split") + "color -3 is negative; give one from 0, or std::nullopt for none");
}

TEST(mpi_error, tells_everything_that_is_known) {
  const cohort::mpi_error e{MPI_ERR_TRUNCATE, {"MPI_Recv", 3, 1, 7, 100, {"file.cpp", 12}}};
  EXPECT_EQ(
      std::string{e.what()},
      "MPI_Recv failed on rank 3 (MPI_ERR_TRUNCATE: message truncated; peer 1; tag 7; count 100; called at "
      "file.cpp:12); the message is longer than the room for it; receive it with recv(), which finds the size "
      "out");
  EXPECT_EQ(e.error_class(), MPI_ERR_TRUNCATE);
  EXPECT_EQ(std::string{e.routine()}, "MPI_Recv");
  EXPECT_EQ(e.rank(), 3);
  EXPECT_EQ(e.peer(), 1);
  EXPECT_EQ(e.tag(), 7);
  EXPECT_EQ(e.count(), 100);
  EXPECT_EQ(e.where().line, 12);
}

TEST(mpi_error, leaves_out_what_is_not_known) {
  const cohort::mpi_error e{MPI_ERR_ROOT, {.routine = "MPI_Bcast", .where = {"file.cpp", 12}}};
  EXPECT_EQ(std::string{e.what()},
            "MPI_Bcast failed (MPI_ERR_ROOT: invalid root; called at file.cpp:12); the root must be the same rank "
            "everywhere, from 0 to size() - 1");
}

TEST(mpi_error, says_any_where_any_was_asked_for) {
  const cohort::mpi_error e{MPI_ERR_TRUNCATE,
                            {"MPI_Recv", 3, cohort::any_source, cohort::any_tag, 1, {"file.cpp", 12}}};
  EXPECT_NE(std::string{e.what()}.find("; peer any; tag any; count 1;"), std::string::npos) << e.what();
  EXPECT_EQ(e.tag(), cohort::any_tag);
}

TEST(mpi_error, comes_from_a_failing_call_as_an_exception) {
  const int here = world().rank();
  auto sending = world().isend(std::vector{1, 2, 3}, {.dest = here, .tag = 2});
  std::vector<int> room(2);
  const int line = __LINE__ + 2;
  try {
    world().recv_into(std::span{room}, {.source = here, .tag = 2});
    ADD_FAILURE() << "a message that is too long was accepted";
  } catch (const cohort::mpi_error& e) {
    EXPECT_EQ(e.error_class(), MPI_ERR_TRUNCATE);
    EXPECT_EQ(std::string{e.routine()}, "MPI_Recv");
    EXPECT_EQ(e.rank(), here);
    EXPECT_EQ(e.peer(), here);
    EXPECT_EQ(e.tag(), 2);
    EXPECT_EQ(e.count(), 2);
    EXPECT_EQ(std::string{e.where().file}, __FILE__);
    EXPECT_EQ(e.where().line, line);
  }
}

TEST(exception_text, names_type_and_message) {
  try {
    throw cohort::argument_error{"why"};
  } catch (...) {
    const auto text = cohort::current_exception_text();
    EXPECT_EQ(text.type, "cohort::argument_error");
    EXPECT_EQ(text.message, "why");
  }
  try {
    throw 3.0;
  } catch (...) {
    EXPECT_EQ(cohort::current_exception_text().type, "double");
  }
  try {
    std::throw_with_nested(cohort::argument_error{"beside another"});
  } catch (...) {
    EXPECT_EQ(cohort::current_exception_text().type, "cohort::argument_error");
  }
}

}  // namespace
