#pragma once

/// Processes started by processes, and groups of ranks that meet: intercommunicators.
#include <cohort/process/intercommunicator.hpp>
#include <cohort/process/port.hpp>
#include <cohort/process/spawn.hpp>
