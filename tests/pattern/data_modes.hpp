#pragma once

#include <cohort/pattern/executor.hpp>

#include <string>

/// Bodies of executor_program about the ranks' state and shared data, by name, as guarded_body.
int data_body(cohort::executor& pool, const std::string& mode);

/// The state that these expect.
cohort::rank_state data_state();
