#pragma once

/// Memory and files that ranks share: one array per node, one-sided access, counters and locks, MPI-IO.
#include <cohort/memory/counter.hpp>
#include <cohort/memory/file.hpp>
#include <cohort/memory/mutex.hpp>
#include <cohort/memory/shared_window.hpp>
#include <cohort/memory/window.hpp>
