#include <cohort/pattern/redistribute.hpp>

#include <fmt/format.h>

namespace cohort::detail {

void check_redistribution(const communicator& comm, std::size_t from_size, int from_ranks, std::size_t to_size,
                          int to_ranks, std::size_t have, std::size_t want, const call_site& where) {
  const auto refuse = [&](const std::string& problem) {
    throw argument_error{
        fmt::format("redistribute on rank {}: {} (called at {}:{})", comm.rank(), problem, where.file, where.line)};
  };
  if (from_size != to_size) {
    refuse(fmt::format("from {} elements to {} (a redistribution keeps them all); give distributions of one size",
                       from_size, to_size));
  }
  if (from_ranks != comm.size() || to_ranks != comm.size()) {
    refuse(fmt::format("distributions for {} and {} ranks (there are {}); make both for size() ranks", from_ranks,
                       to_ranks, comm.size()));
  }
  if (have != want) {
    refuse(
        fmt::format("{} elements here, but this rank has {} in the distribution they come from; give its whole "
                    "part",
                    have, want));
  }
}

}  // namespace cohort::detail
