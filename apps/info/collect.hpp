#pragma once

#include "info/facts.hpp"
#include "info/options.hpp"

namespace cohort_info {

/// What can be known of this process without MPI. `leads`: it is the one that reports, so it asks other programs
/// too (mpirun, squeue), unless options::quick. Takes as long as these.
[[nodiscard]] facts collect(const options& how, bool leads);

/// This process, as a rank.
[[nodiscard]] rank_facts describe_rank(const facts& of, int rank, const std::string& host);

/// Reads a hostfile, and asks each of its hosts, all at a time; takes as long as the slowest, at most about
/// options::timeout.
[[nodiscard]] hostfile_facts collect_hostfile(const options& how, const facts& of);

}  // namespace cohort_info
