#include <cohort/collective.hpp>
#include <cohort/core/detail/wire_count.hpp>
#include <cohort/p2p.hpp>

#include "support/world.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <span>
#include <string>
#include <sys/mman.h>

namespace {

using cohort::detail::wire_count;
using cohort::test::world;

constexpr std::size_t many = (std::size_t{1} << 32) + 4;

/// Addresses of that many elements, with no memory behind them: touching one ends the program.
template <class T>
class imagined {
 public:
  explicit imagined(std::size_t n)
      : bytes_{n * sizeof(T)},
        at_{::mmap(nullptr, bytes_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)} {}
  imagined(const imagined&) = delete;
  imagined& operator=(const imagined&) = delete;
  ~imagined() { ::munmap(at_, bytes_); }
  [[nodiscard]] std::span<T> all() const { return {static_cast<T*>(at_), bytes_ / sizeof(T)}; }

 private:
  std::size_t bytes_;
  void* at_;
};

void expect_size(std::size_t n, MPI_Datatype element) {
  const wire_count wire{n, element};
  MPI_Count whole = 0;
  MPI_Count one = 0;
  MPI_Type_size_x(wire.type(), &whole);
  MPI_Type_size_x(element, &one);
  EXPECT_EQ(static_cast<std::size_t>(whole) * static_cast<std::size_t>(wire.count()),
            n * static_cast<std::size_t>(one));
  MPI_Count lower = -1;
  MPI_Count extent = 0;
  MPI_Type_get_extent_x(wire.type(), &lower, &extent);
  EXPECT_EQ(lower, 0);
  EXPECT_EQ(static_cast<std::size_t>(extent) * static_cast<std::size_t>(wire.count()),
            n * static_cast<std::size_t>(one));
}

TEST(wire_count, is_the_count_itself_up_to_what_an_int_holds) {
  const wire_count wire{2147483647, MPI_CHAR};
  EXPECT_EQ(wire.count(), 2147483647);
  EXPECT_EQ(wire.type(), MPI_CHAR);
}

TEST(wire_count, describes_every_element_beyond) {
  expect_size(std::size_t{1} << 31, MPI_CHAR);
  expect_size((std::size_t{1} << 31) + 1, MPI_DOUBLE);
  expect_size(std::size_t{1} << 32, MPI_INT);
  expect_size(many, MPI_CHAR);
  expect_size(many, MPI_DOUBLE);
  expect_size(3 * many + 12345, MPI_SHORT);
}

TEST(wire_count, a_send_of_more_than_an_int_reaches_nobody) {
  const imagined<double> data{many};
  EXPECT_NO_THROW(world().send(data.all(), {.dest = cohort::proc_null}));
  EXPECT_NO_THROW(world().isend(data.all(), {.dest = cohort::proc_null}).wait());
  EXPECT_EQ(world().recv_into(data.all(), {.source = cohort::proc_null}).bytes(), 0U);
}

TEST(wire_count, impossible_lengths_are_refused) {
  EXPECT_THROW((wire_count{std::size_t{1} << 62, MPI_CHAR}), cohort::argument_error);
}

/// For the calls where no derived type can stand in.
TEST(wire_count, what_must_be_an_int_is_refused_if_it_is_more) {
  EXPECT_EQ(cohort::detail::narrow_count(2147483647, "ialltoallv"), 2147483647);
  try {
    (void)cohort::detail::narrow_count(many, "ialltoallv");
    ADD_FAILURE() << "accepted";
  } catch (const cohort::argument_error& e) {
    EXPECT_EQ(std::string{e.what()},
              "ialltoallv: a count or displacement of 4294967300 (MPI takes at most 2147483647 here); exchange the "
              "data in parts");
  }
}

}  // namespace
