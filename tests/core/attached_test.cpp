#include <cohort/core/detail/attached.hpp>

#include "support/world.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <utility>

namespace {

using cohort::communicator;
using cohort::ownership;
using cohort::test::world;
using namespace cohort::detail;

struct counted : attachment {
  explicit counted(int& living) : living_{living} { ++living_; }
  ~counted() override { --living_; }
  int& living_;
};

constexpr char one_kind = 0;
constexpr char other_kind = 0;

TEST(attached, hangs_on_the_mpi_communicator_until_it_is_freed) {
  int living = 0;
  {
    const auto comm = world().duplicate();
    EXPECT_EQ(attached(comm, &one_kind), nullptr);
    auto fresh = std::make_unique<counted>(living);
    auto* const where = fresh.get();
    attach(comm, &one_kind, std::move(fresh));
    EXPECT_EQ(attached(comm, &one_kind), where);
    EXPECT_EQ(attached(comm, &other_kind), nullptr);
    attach(comm, &other_kind, std::make_unique<counted>(living));
    EXPECT_EQ(attached(comm, &one_kind), where);
    EXPECT_NE(attached(comm, &other_kind), nullptr);
    // Whatever wraps the MPI_Comm finds it; a duplicate has none.
    EXPECT_EQ(attached(communicator{comm.native(), ownership::borrow}, &one_kind), where);
    EXPECT_EQ(attached(comm.duplicate(), &one_kind), nullptr);
    EXPECT_EQ(living, 2);
  }
  EXPECT_EQ(living, 0);
}

TEST(attached, may_hold_communicators) {
  struct holder : attachment {
    explicit holder(communicator what) : held{std::move(what)} {}
    communicator held;
  };
  for (int round = 0; round != 3; ++round) {
    const auto comm = world().duplicate();
    attach(comm, &one_kind, std::make_unique<holder>(comm.duplicate()));
  }
  static const auto stays = world().duplicate();  // until MPI ends
  attach(stays, &one_kind, std::make_unique<holder>(stays.duplicate()));
  EXPECT_NE(attached(stays, &one_kind), nullptr);
}

}  // namespace
