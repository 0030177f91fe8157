#pragma once

/// Parallel patterns, built on the communication layer.
#include <cohort/pattern/distribution.hpp>
#include <cohort/pattern/divide_and_conquer.hpp>
#include <cohort/pattern/drain_options.hpp>
#include <cohort/pattern/drained_farm.hpp>
#include <cohort/pattern/executor.hpp>
#include <cohort/pattern/farm.hpp>
#include <cohort/pattern/indices.hpp>
#include <cohort/pattern/map_reduce.hpp>
#include <cohort/pattern/parallel_for.hpp>
#include <cohort/pattern/parallel_map.hpp>
#include <cohort/pattern/parallel_sort.hpp>
#include <cohort/pattern/pipeline.hpp>
#include <cohort/pattern/rank_error.hpp>
#include <cohort/pattern/redistribute.hpp>
#include <cohort/pattern/share_per_node.hpp>
#include <cohort/pattern/shared_data.hpp>
#include <cohort/pattern/task_error.hpp>
#include <cohort/pattern/transform_reduce.hpp>
#include <cohort/pattern/with_state.hpp>
