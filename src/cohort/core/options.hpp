#pragma once

#include <mpi.h>

namespace cohort {

inline constexpr int any_source = MPI_ANY_SOURCE;
inline constexpr int any_tag = MPI_ANY_TAG;
/// The rank that is nobody: a send to it or a receive from it does nothing at once.
inline constexpr int proc_null = MPI_PROC_NULL;
/// Means "not given" where an option has no sensible default.
inline constexpr int unset = -1000;

/// Where a message goes: world.send(x, {.dest = 1, .tag = 7}).
struct to {
  int dest = unset;
  int tag = 0;
};

/// Where a message comes from: world.recv<int>({.source = 0}). As in mpi4py, anybody with any tag if not given.
struct from {
  int source = any_source;
  int tag = any_tag;
};

/// Both directions of sendrecv.
struct exchange {
  int dest = unset;
  int source = unset;
  int sendtag = 0;
  int recvtag = any_tag;
};

/// The rank at the centre of a rooted collective. Must be the same on every rank.
struct rooted {
  int root = 0;
};

}  // namespace cohort
