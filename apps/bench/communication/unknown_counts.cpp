// Uneven collectives whose counts nobody knows beforehand.
#include <cohort/collective.hpp>

#include "bench/communication/contest.hpp"

#include <boost/mpi/collectives.hpp>
#include <boost/serialization/vector.hpp>
#include <fmt/format.h>
#include <mpi.h>

#include <memory>
#include <numeric>

namespace cohort_bench {
namespace {

namespace mpi = boost::mpi;
using doubles = std::vector<double>;

/// Small contributions travel with their counts in one call; large ones need the second call that everybody needs.
double bar_of(std::size_t n) {
  return n == 1 ? 0.7 : 1.02;
}

std::vector<int> offsets_of(const std::vector<int>& counts) {
  std::vector<int> offsets(counts.size());
  std::exclusive_scan(counts.begin(), counts.end(), offsets.begin(), 0);
  return offsets;
}

std::size_t total_of(const std::vector<int>& counts) {
  return static_cast<std::size_t>(std::accumulate(counts.begin(), counts.end(), 0));
}

void allgatherv(std::vector<contest>& all, const cohort::communicator& world, std::size_t n) {
  const auto mine = std::make_shared<doubles>(n, 1.0);
  const MPI_Comm raw = world;
  const mpi::communicator boost{raw, mpi::comm_attach};
  const auto ranks = static_cast<std::size_t>(world.size());
  contest c{.name = fmt::format("allgatherv, unknown counts, x{}", n), .bar = bar_of(n)};
  c.hand = loop([=] {
    const int count = static_cast<int>(mine->size());
    std::vector<int> counts(ranks);
    MPI_Allgather(&count, 1, MPI_INT, counts.data(), 1, MPI_INT, raw);
    const auto offsets = offsets_of(counts);
    doubles values(total_of(counts));
    MPI_Allgatherv(mine->data(), count, MPI_DOUBLE, values.data(), counts.data(), offsets.data(), MPI_DOUBLE, raw);
  });
  c.cohort = loop([=] { (void)world.allgatherv(*mine); });
  c.boost = loop([=] {
    std::vector<doubles> values;
    mpi::all_gather(boost, *mine, values);
  });
  all.push_back(std::move(c));
}

void gatherv(std::vector<contest>& all, const cohort::communicator& world, std::size_t n) {
  const auto mine = std::make_shared<doubles>(n, 1.0);
  const MPI_Comm raw = world;
  const mpi::communicator boost{raw, mpi::comm_attach};
  const auto ranks = static_cast<std::size_t>(world.size());
  const bool root = world.rank() == 0;
  contest c{.name = fmt::format("gatherv, unknown counts, x{}", n), .bar = bar_of(n)};
  c.hand = loop([=] {
    const int count = static_cast<int>(mine->size());
    std::vector<int> counts(root ? ranks : 0);
    MPI_Gather(&count, 1, MPI_INT, counts.data(), 1, MPI_INT, 0, raw);
    const auto offsets = offsets_of(counts);
    doubles values(total_of(counts));
    MPI_Gatherv(mine->data(), count, MPI_DOUBLE, values.data(), counts.data(), offsets.data(), MPI_DOUBLE, 0, raw);
  });
  c.cohort = loop([=] { (void)world.gatherv(*mine); });
  c.boost = loop([=] {
    std::vector<doubles> values;
    mpi::gather(boost, *mine, values, 0);
  });
  all.push_back(std::move(c));
}

void alltoallv(std::vector<contest>& all, const cohort::communicator& world, std::size_t n) {
  const auto ranks = static_cast<std::size_t>(world.size());
  const auto mine = std::make_shared<doubles>(n * ranks, 1.0);
  const auto parts = std::make_shared<std::vector<int>>(ranks, static_cast<int>(n));
  const auto rows = std::make_shared<std::vector<doubles>>(ranks, doubles(n, 1.0));
  const MPI_Comm raw = world;
  const mpi::communicator boost{raw, mpi::comm_attach};
  contest c{.name = fmt::format("alltoallv, unknown counts, x{}", n), .bar = bar_of(n)};
  c.hand = loop([=] {
    std::vector<int> counts(ranks);
    MPI_Alltoall(parts->data(), 1, MPI_INT, counts.data(), 1, MPI_INT, raw);
    const auto from = offsets_of(*parts);
    const auto to = offsets_of(counts);
    doubles values(total_of(counts));
    MPI_Alltoallv(mine->data(), parts->data(), from.data(), MPI_DOUBLE, values.data(), counts.data(), to.data(),
                  MPI_DOUBLE, raw);
  });
  c.cohort = loop([=] { (void)world.alltoallv(*mine, *parts); });
  c.boost = loop([=] {
    std::vector<doubles> values;
    mpi::all_to_all(boost, *rows, values);
  });
  all.push_back(std::move(c));
}

}  // namespace

void add_unknown_counts(std::vector<contest>& all, const cohort::communicator& world) {
  for (const std::size_t n : {1U, 1000U, 100'000U}) {
    allgatherv(all, world, n);
    gatherv(all, world, n);
    alltoallv(all, world, n);
  }
}

}  // namespace cohort_bench
