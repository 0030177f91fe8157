#pragma once

#include <cohort/pattern/closure.hpp>
#include <cohort/pattern/executor/await_future.hpp>
#include <cohort/pattern/executor/canvas.hpp>
#include <cohort/pattern/executor/executor.hpp>
#include <cohort/pattern/executor/result_store.hpp>
#include <cohort/pattern/executor/run_executor.hpp>
#include <cohort/pattern/executor/task_context.hpp>
#include <cohort/pattern/executor/task_crashed.hpp>
#include <cohort/pattern/executor/waiting.hpp>
