#pragma once

#include <cohort/core/communicator.hpp>

#include "bench/communication/verdict.hpp"

#include <functional>
#include <string>
#include <vector>

namespace cohort_bench {

/// Does one operation so many times. Every rank of the job calls it.
using repeated = std::function<void(int)>;

template <class Once>
repeated loop(Once once) {
  return [once](int times) {
    for (int i = 0; i != times; ++i) once();
  };
}

/// The same operation, written by hand against MPI, with cohort, and with Boost.MPI (which may be missing).
struct contest {
  std::string name;
  double bar = 1.02;  ///< cohort's time over the hand-written one's, at most
  repeated hand = {};
  repeated cohort = {};
  repeated boost = {};
};

struct settings {
  int rounds = 41;
  double block_seconds = 1e-3;  ///< the hand-written code repeats the operation for about as long in each round
  double tolerance = 0.1;       ///< see figures
};

/// Times all contenders in turns, in an order that rotates from round to round, each after a few operations that do
/// not count. Collective. The figures count on rank 0.
[[nodiscard]] figures run(const cohort::communicator& world, const contest& what, const settings& how);

/// The contests of one file each. They keep `world`. @{
void add_ping_pong(std::vector<contest>& all, const cohort::communicator& world);
void add_objects(std::vector<contest>& all, const cohort::communicator& world);
void add_collectives(std::vector<contest>& all, const cohort::communicator& world);
void add_unknown_counts(std::vector<contest>& all, const cohort::communicator& world);
void add_halo(std::vector<contest>& all, const cohort::communicator& world);
/// @}

}  // namespace cohort_bench
