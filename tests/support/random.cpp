#include "support/random.hpp"

#include <cohort/core/finalize_hook.hpp>

#include <mpi.h>

#include <cstdlib>

namespace cohort::test {
namespace {

std::uint64_t choose() {
  const char* given = std::getenv("COHORT_SEED");
  std::uint64_t value = given != nullptr ? std::strtoull(given, nullptr, 0) : std::random_device{}();
  if (detail::mpi_active()) PMPI_Bcast(&value, 1, MPI_UINT64_T, 0, MPI_COMM_WORLD);
  return value;
}

}  // namespace

std::uint64_t seed() {
  static const std::uint64_t value = choose();
  return value;
}

std::mt19937_64 engine(std::uint64_t salt) {
  return std::mt19937_64{seed() ^ (salt * 0x9e3779b97f4a7c15U + 0x7f4a7c15U)};
}

}  // namespace cohort::test
