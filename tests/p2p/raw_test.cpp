// Every operation against the raw MPI call: cohort sends and MPI receives, and the reverse, for each kind of
// element and for no, one and many elements, also beyond the eager limit.

#include <cohort/p2p.hpp>

#include "ring.hpp"
#include "support/random.hpp"

#include <gtest/gtest.h>

#include <complex>
#include <span>
#include <string>
#include <string_view>

namespace {

using namespace cohort::test;

template <class T>
class raw : public testing::Test {
 protected:
  using type = cohort::datatype<T>;

  static cohort::buffer<T> data(int rank, std::size_t n) {
    return random_container<cohort::buffer<T>>(n, salt(rank, n));
  }

  /// Starts to send to the next rank by raw MPI.
  template <class Range>
  static MPI_Request raw_send(const Range& values, int tag) {
    MPI_Request request = MPI_REQUEST_NULL;
    MPI_Isend(values.data(), static_cast<int>(values.size() * type::per_element), type::type(), next(), tag,
              world(), &request);
    return request;
  }
  /// Starts to receive from the rank before by raw MPI.
  template <class Range>
  static MPI_Request raw_recv(Range& room, int tag) {
    MPI_Request request = MPI_REQUEST_NULL;
    MPI_Irecv(room.data(), static_cast<int>(room.size() * type::per_element), type::type(), before(), tag, world(),
              &request);
    return request;
  }
  static void finish(MPI_Request request) { MPI_Wait(&request, MPI_STATUS_IGNORE); }
  static constexpr std::size_t sizes[] = {0, 1, 77, 40000};
};

using elements = testing::Types<char, bool, unsigned short, int, long long, double, std::complex<double>, color,
                                particle, std::array<float, 3>, std::pair<char, double>>;
TYPED_TEST_SUITE(raw, elements);

TYPED_TEST(raw, send_is_received_by_mpi) {
  for (const auto n : TestFixture::sizes) {
    cohort::buffer<TypeParam> room(n);
    const auto coming = TestFixture::raw_recv(room, 3);
    world().send(TestFixture::data(world().rank(), n), {.dest = next(), .tag = 3});
    TestFixture::finish(coming);
    EXPECT_EQ(room, TestFixture::data(before(), n)) << n;
  }
}

TYPED_TEST(raw, send_of_a_value_and_of_a_span) {
  TypeParam value{};
  MPI_Request coming = MPI_REQUEST_NULL;
  MPI_Irecv(&value, static_cast<int>(TestFixture::type::per_element), TestFixture::type::type(), before(), 1,
            world(), &coming);
  world().send(random_value<TypeParam>(salt(world().rank())), {.dest = next(), .tag = 1});
  TestFixture::finish(coming);
  EXPECT_EQ(value, random_value<TypeParam>(salt(before())));

  cohort::buffer<TypeParam> room(5);
  coming = TestFixture::raw_recv(room, 2);
  const auto mine = TestFixture::data(world().rank(), 5);
  world().send(std::span{mine.data(), mine.size()}, {.dest = next(), .tag = 2});
  TestFixture::finish(coming);
  EXPECT_EQ(room, TestFixture::data(before(), 5));
}

TYPED_TEST(raw, recv_takes_what_mpi_sent) {
  for (const auto n : TestFixture::sizes) {
    const auto mine = TestFixture::data(world().rank(), n);
    const auto leaving = TestFixture::raw_send(mine, 4);
    cohort::status info;
    const auto got = world().recv<cohort::buffer<TypeParam>>({.source = before(), .tag = 4}, info);
    TestFixture::finish(leaving);
    EXPECT_EQ(got, TestFixture::data(before(), n)) << n;
    EXPECT_EQ(info.source(), before());
    EXPECT_EQ(info.tag(), 4);
    EXPECT_EQ(info.count<TypeParam>(), n);
  }
}

TYPED_TEST(raw, recv_of_a_value) {
  const cohort::buffer<TypeParam> mine(1, random_value<TypeParam>(salt(world().rank())));
  const auto leaving = TestFixture::raw_send(mine, 1);
  EXPECT_EQ(world().recv<TypeParam>({.source = before(), .tag = 1}), random_value<TypeParam>(salt(before())));
  TestFixture::finish(leaving);
}

TYPED_TEST(raw, recv_into_a_span_may_have_room_left) {
  for (const auto n : TestFixture::sizes) {
    const auto mine = TestFixture::data(world().rank(), n);
    const auto leaving = TestFixture::raw_send(mine, 5);
    cohort::buffer<TypeParam> room(n + 3, TypeParam{});
    const auto info = world().recv_into(std::span{room.data(), room.size()}, {.source = before(), .tag = 5});
    TestFixture::finish(leaving);
    EXPECT_EQ(info.template count<TypeParam>(), n);
    const auto expected = TestFixture::data(before(), n);
    EXPECT_TRUE(std::equal(expected.begin(), expected.end(), room.begin()));
    EXPECT_EQ(room.back(), TypeParam{});
  }
}

TYPED_TEST(raw, recv_into_a_container_gives_it_the_length) {
  for (const auto n : TestFixture::sizes) {
    const auto mine = TestFixture::data(world().rank(), n);
    const auto leaving = TestFixture::raw_send(mine, 6);
    cohort::buffer<TypeParam> room(9);
    world().recv_into(room, {.source = before(), .tag = 6});
    TestFixture::finish(leaving);
    EXPECT_EQ(room, TestFixture::data(before(), n));
  }
}

TYPED_TEST(raw, isend_of_lvalue_and_rvalue) {
  for (const auto n : TestFixture::sizes) {
    cohort::buffer<TypeParam> first(n);
    cohort::buffer<TypeParam> second(n);
    const auto one = TestFixture::raw_recv(first, 7);
    const auto two = TestFixture::raw_recv(second, 8);
    const auto mine = TestFixture::data(world().rank(), n);
    auto borrowed = world().isend(mine, {.dest = next(), .tag = 7});
    auto owned = world().isend(TestFixture::data(world().rank(), n), {.dest = next(), .tag = 8});
    TestFixture::finish(one);
    TestFixture::finish(two);
    borrowed.wait();
    EXPECT_EQ(owned.get(), mine);
    EXPECT_EQ(first, TestFixture::data(before(), n)) << n;
    EXPECT_EQ(second, TestFixture::data(before(), n)) << n;
  }
}

TYPED_TEST(raw, irecv_of_values_containers_and_into) {
  for (const auto n : TestFixture::sizes) {
    auto value = world().irecv<TypeParam>({.source = before(), .tag = 1});
    auto whole = world().irecv<cohort::buffer<TypeParam>>(n + 2, {.source = before(), .tag = 2});
    cohort::buffer<TypeParam> room(n);
    auto into = world().irecv_into(room, {.source = before(), .tag = 3});
    const auto mine = TestFixture::data(world().rank(), n);
    const cohort::buffer<TypeParam> one(1, random_value<TypeParam>(salt(world().rank())));
    const auto sent = {TestFixture::raw_send(one, 1), TestFixture::raw_send(mine, 2),
                       TestFixture::raw_send(mine, 3)};
    EXPECT_EQ(value.get(), random_value<TypeParam>(salt(before())));
    EXPECT_EQ(whole.get(), TestFixture::data(before(), n)) << n;
    EXPECT_EQ(into.wait().template count<TypeParam>(), n);
    EXPECT_EQ(room, TestFixture::data(before(), n)) << n;
    for (const auto request : sent) TestFixture::finish(request);
  }
}

TEST(raw_text, strings_and_literals) {
  const std::string mine = random_value<std::string>(salt(world().rank()));
  auto leaving = world().isend(std::string_view{mine}, {.dest = next(), .tag = 1});
  EXPECT_EQ(world().recv<std::string>({.source = before(), .tag = 1}), random_value<std::string>(salt(before())));
  leaving.wait();
}

TEST(raw_text, c_arrays) {
  const int mine[3] = {world().rank(), 2, 3};
  auto leaving = world().isend(mine, {.dest = next(), .tag = 1});
  int room[3] = {};
  EXPECT_EQ(world().recv_into(room, {.source = before(), .tag = 1}).count<int>(), 3U);
  leaving.wait();
  EXPECT_EQ(room[0], before());
  EXPECT_EQ(room[2], 3);
}

TEST(raw_vector, of_what_a_vector_can_hold) {
  const auto mine = random_vector<double>(1000, salt(world().rank()));
  auto leaving = world().isend(mine, {.dest = next(), .tag = 1});
  EXPECT_EQ(world().recv<std::vector<double>>({.source = before(), .tag = 1}),
            random_vector<double>(1000, salt(before())));
  leaving.wait();
}

}  // namespace
