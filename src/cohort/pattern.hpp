#pragma once

/// Parallel patterns, built on the communication layer.
#include <cohort/pattern/farm.hpp>
#include <cohort/pattern/indices.hpp>
#include <cohort/pattern/parallel_for.hpp>
#include <cohort/pattern/parallel_map.hpp>
#include <cohort/pattern/task_error.hpp>
