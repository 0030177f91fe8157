#pragma once

/// Collective communication: the members of cohort::communicator that every rank calls together.
#include <cohort/collective/allgather.hpp>
#include <cohort/collective/allgatherv.hpp>
#include <cohort/collective/allreduce.hpp>
#include <cohort/collective/barrier.hpp>
#include <cohort/collective/bcast.hpp>
#include <cohort/collective/gather.hpp>
#include <cohort/collective/gatherv.hpp>
#include <cohort/collective/grid_alltoallv.hpp>
#include <cohort/collective/reduce.hpp>
#include <cohort/collective/scatter.hpp>
#include <cohort/collective/scatterv.hpp>
#include <cohort/collective/sparse_alltoall.hpp>
#include <cohort/collective/topology/cartesian.hpp>
#include <cohort/collective/topology/exchange_halo.hpp>
#include <cohort/collective/topology/graph.hpp>
#include <cohort/collective/topology/grid_view.hpp>
#include <cohort/collective/topology/neighbor_allgather.hpp>
#include <cohort/collective/topology/neighbor_alltoall.hpp>
#include <cohort/collective/topology/topology.hpp>
