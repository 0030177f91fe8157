#pragma once

/// Where a program runs: hostfiles, what mpirun or Slurm gave it, its cores. Nothing here needs MPI.
#include <cohort/cluster/allocation.hpp>
#include <cohort/cluster/cores.hpp>
#include <cohort/cluster/fault_tolerance.hpp>
#include <cohort/cluster/hostfile.hpp>
#include <cohort/cluster/job_end.hpp>
#include <cohort/cluster/job_limit.hpp>
#include <cohort/cluster/launcher_output.hpp>
#include <cohort/cluster/node_list.hpp>
#include <cohort/cluster/sign_of_life.hpp>
#include <cohort/cluster/verdict.hpp>
