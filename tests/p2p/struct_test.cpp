// Classes that travel member by member, as MPI struct types.

#include <cohort/collective.hpp>
#include <cohort/core.hpp>
#include <cohort/p2p.hpp>

#include "support/random.hpp"
#include "support/world.hpp"

#include <boost/mpi/communicator.hpp>
#include <boost/mpi/datatype.hpp>
#include <gtest/gtest.h>

#include <map>

namespace gaps {

struct inner {
  short a = 0;
  double b = 0;
  friend bool operator==(const inner&, const inner&) = default;
};
/// 64 bytes, of which 44 travel.
struct body {
  char kind = 0;
  double position[3] = {};
  std::array<int, 2> cells{};
  inner more;
  cohort::test::color shade{};
  int not_sent = 0;
  friend bool operator==(const body& x, const body& y) {
    return x.kind == y.kind && std::equal(x.position, x.position + 3, y.position) && x.cells == y.cells &&
           x.more == y.more && x.shade == y.shade;
  }
};
/// Known to Boost.MPI.
struct known {
  char c = 0;
  double d = 0;
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& c& d;
  }
  friend bool operator==(const known&, const known&) = default;
};
inline MPI_Datatype make_known() {
  MPI_Datatype type = MPI_DATATYPE_NULL;
  MPI_Type_dup(boost::mpi::get_mpi_datatype(known{}), &type);
  return type;
}
/// Boost.MPI may send it by a datatype; its copy constructor makes it an object for cohort.
struct not_trivial {
  not_trivial() = default;
  not_trivial(const not_trivial& other) : c{other.c}, d{other.d} {}
  not_trivial& operator=(const not_trivial&) = default;
  char c = 0;
  double d = 0;
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& c& d;
  }
};
struct wrong {
  int a = 0;
};
inline MPI_Datatype make_wrong() {
  MPI_Datatype type = MPI_DATATYPE_NULL;
  MPI_Type_dup(MPI_SHORT, &type);
  return type;
}

}  // namespace gaps

BOOST_IS_MPI_DATATYPE(gaps::known)
BOOST_IS_MPI_DATATYPE(gaps::not_trivial)
template <>
struct cohort::mpi_struct<gaps::inner> : cohort::members<&gaps::inner::a, &gaps::inner::b> {};
template <>
struct cohort::mpi_struct<gaps::body> : cohort::members<&gaps::body::kind, &gaps::body::position,
                                                        &gaps::body::cells, &gaps::body::more, &gaps::body::shade> {
};
template <>
struct cohort::mpi_struct<gaps::known> : cohort::made_by<sizeof(char) + sizeof(double), &gaps::make_known> {};
template <>
struct cohort::mpi_struct<gaps::wrong> : cohort::made_by<4, &gaps::make_wrong> {};

namespace {

using cohort::test::world;
using gaps::body;
using gaps::known;

constexpr std::size_t sent_bytes = 1 + 24 + 8 + 2 + 8 + 1;
static_assert(cohort::datatype<body>::wire_size == sent_bytes && sizeof(body) == 64);
static_assert(cohort::datatype<std::array<body, 3>>::wire_size == 3 * sent_bytes);
static_assert(cohort::plain<known> && !cohort::plain<gaps::not_trivial>);

std::vector<body> bodies(std::size_t n, std::uint64_t salt) {
  auto from = cohort::test::engine(salt);
  std::vector<body> result(n);
  for (auto& b : result) {
    using cohort::test::fill;
    fill(from, b.kind);
    for (auto& x : b.position) fill(from, x);
    for (auto& x : b.cells) fill(from, x);
    fill(from, b.more.a);
    fill(from, b.more.b);
    fill(from, b.shade);
  }
  return result;
}
int left() {
  return (world().rank() + world().size() - 1) % world().size();
}
int right() {
  return (world().rank() + 1) % world().size();
}
std::uint64_t salt_of(int rank, std::size_t n) {
  return 100 * n + static_cast<std::uint64_t>(rank);
}
/// What the left neighbour sends.
std::vector<body> expected(std::size_t n) {
  return bodies(n, salt_of(left(), n));
}

TEST(mpi_struct, has_the_size_of_its_members_and_the_extent_of_the_class) {
  const auto type = cohort::datatype<body>::type();
  int size = 0;
  MPI_Type_size(type, &size);
  EXPECT_EQ(static_cast<std::size_t>(size), sent_bytes);
  MPI_Aint lower = -1;
  MPI_Aint extent = -1;
  MPI_Type_get_extent(type, &lower, &extent);
  EXPECT_EQ(lower, 0);
  EXPECT_EQ(static_cast<std::size_t>(extent), sizeof(body));
  EXPECT_EQ(cohort::datatype<body>::type(), type);
}

TEST(mpi_struct, single_values) {
  const auto mine = bodies(1, salt_of(world().rank(), 1))[0];
  const auto theirs = expected(1)[0];
  cohort::status info;
  auto sending = world().isend(mine, {.dest = right()});
  EXPECT_EQ(world().recv<body>({.source = left()}, info), theirs);
  EXPECT_EQ(info.bytes(), sent_bytes);
  EXPECT_EQ(info.count<body>(), 1U);
  sending.wait();
  auto receiving = world().irecv<body>({.source = left()});
  world().isend(mine, {.dest = right()}).wait();
  EXPECT_EQ(receiving.get(), theirs);
  EXPECT_EQ(world().sendrecv<body>(mine, {.dest = right(), .source = left()}), theirs);
}

TEST(mpi_struct, members_that_are_not_named_stay) {
  body place;
  place.not_sent = 17;
  const auto sending = world().isend(bodies(1, salt_of(world().rank(), 1))[0], {.dest = right()});
  world().recv_into(place, {.source = left()});
  EXPECT_EQ(place, expected(1)[0]);
  EXPECT_EQ(place.not_sent, 17);
}

TEST(mpi_struct, containers_of_unknown_length) {
  for (const std::size_t n : {0U, 1U, 5U, 1000U}) {
    const auto mine = bodies(n, salt_of(world().rank(), n));
    auto sending = world().isend(mine, {.dest = right()});
    EXPECT_EQ(world().recv<std::vector<body>>({.source = left()}), expected(n));
    sending.wait();
    auto receiving = world().irecv<std::vector<body>>(n + 3, {.source = left()});
    world().isend(mine, {.dest = right()}).wait();
    EXPECT_EQ(receiving.get(), expected(n));
    // With a member that is no container's element: serialised.
    auto leaving = world().isend(std::map<int, std::vector<body>>{{1, mine}}, {.dest = right()});
    EXPECT_EQ((world().recv<std::map<int, std::vector<body>>>({.source = left()}).at(1)), expected(n));
    leaving.wait();
  }
}

TEST(mpi_struct, a_short_message_is_found) {
  if (world().rank() == 0) {
    const auto two = bodies(2, 1);
    const auto sending = world().isend(std::span{two}.first(1), {.dest = 0, .tag = 1});
    EXPECT_EQ((world().recv<std::vector<std::array<body, 1>>>({.source = 0, .tag = 1}).size()), 1U);
    const auto half = world().isend(two[0].position, {.dest = 0, .tag = 2});
    EXPECT_THROW((void)world().recv<body>({.source = 0, .tag = 2}), cohort::error);
    const auto again = world().isend(two[0].position, {.dest = 0, .tag = 3});
    EXPECT_THROW((void)world().recv<std::vector<body>>({.source = 0, .tag = 3}), cohort::error);
  }
}

TEST(mpi_struct, collectives) {
  const int ranks = world().size();
  for (const std::size_t n : {0U, 1U, 5U, 200U}) {
    const auto mine = bodies(n, salt_of(world().rank(), n));
    std::vector<body> all;
    std::vector<int> counts;
    for (int r = 0; r != ranks; ++r) {
      const auto theirs = bodies(n, salt_of(r, n));
      all.insert(all.end(), theirs.begin(), theirs.end());
      counts.push_back(static_cast<int>(n));
    }
    for (int root = 0; root != ranks; ++root) {
      const bool here = root == world().rank();
      auto sent = here ? mine : std::vector<body>{};
      world().bcast(sent, {.root = root});
      EXPECT_EQ(sent, bodies(n, salt_of(root, n)));
      EXPECT_EQ(world().scatter(here ? all : std::vector<body>{}, {.root = root}).to_vector(), mine);
      EXPECT_EQ(world().scatterv(here ? all : std::vector<body>{}, counts, {.root = root}).to_vector(), mine);
      const auto gathered = world().gatherv(mine, {.root = root});
      EXPECT_EQ(world().gather(mine, {.root = root}).to_vector(), here ? all : std::vector<body>{});
      EXPECT_EQ(gathered.values.to_vector(), here ? all : std::vector<body>{});
    }
    EXPECT_EQ(world().allgather(mine).to_vector(), all);
    EXPECT_EQ(world().allgatherv(mine).values.to_vector(), all);
  }
}

struct add {
  body operator()(const body& x, const body& y) const {
    body sum = x;
    for (int i = 0; i != 3; ++i) sum.position[i] += y.position[i];
    return sum;
  }
};
TEST(mpi_struct, reductions) {
  const auto mine = bodies(3, salt_of(world().rank(), 3));
  const auto sums = world().allreduce(mine, add{});
  auto wanted = bodies(3, salt_of(0, 3));
  for (int r = 1; r != world().size(); ++r) {
    const auto theirs = bodies(3, salt_of(r, 3));
    for (std::size_t i = 0; i != 3; ++i) wanted[i] = add{}(wanted[i], theirs[i]);
  }
  EXPECT_EQ(sums.to_vector(), wanted);
}

TEST(mpi_struct, talks_to_boost_mpi) {
  const boost::mpi::communicator theirs{world().native(), boost::mpi::comm_attach};
  const known sent{'x', static_cast<double>(world().rank())};
  const known want{'x', static_cast<double>(left())};
  known got;
  auto sending = world().isend(sent, {.dest = right()});
  theirs.recv(left(), 0, got);
  EXPECT_EQ(got, want);
  sending.wait();
  auto receiving = world().irecv<known>({.source = left()});
  theirs.send(right(), 0, sent);
  EXPECT_EQ(receiving.get(), want);
}

TEST(mpi_struct, a_class_that_cannot_be_copied_as_bytes_is_serialised_whatever_boost_says) {
  gaps::not_trivial sent;
  sent.d = world().rank();
  const auto sending = world().isend(sent, {.dest = right()});
  EXPECT_EQ(world().recv<gaps::not_trivial>({.source = left()}).d, left());
}

TEST(mpi_struct, a_wrong_size_is_refused) {
  EXPECT_THROW((void)cohort::datatype<gaps::wrong>::type(), cohort::argument_error);
}

}  // namespace
