#pragma once

#include <cohort/pattern/executor.hpp>

#include <string>

/// Bodies of executor_program about guarded tasks, by name; each prints "ok" if all was as it should be. -1: no
/// such mode.
int guarded_body(cohort::executor& pool, const std::string& mode);

/// With the exceptions that these throw.
cohort::executor_options guarded_options();
