#pragma once

/// All of cohort. Each sub-header works alone: <cohort/core.hpp>, <cohort/p2p.hpp>, <cohort/collective.hpp>, ...
#include <cohort/collective.hpp>
#include <cohort/core.hpp>
#include <cohort/memory.hpp>
#include <cohort/p2p.hpp>
#include <cohort/pattern.hpp>
#include <cohort/process.hpp>
