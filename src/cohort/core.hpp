#pragma once

/// The basis: environment, communicator, errors, datatypes, buffers and requests.
#include <cohort/core/buffer.hpp>
#include <cohort/core/call_site.hpp>
#include <cohort/core/communicator.hpp>
#include <cohort/core/datatype.hpp>
#include <cohort/core/environment.hpp>
#include <cohort/core/error.hpp>
#include <cohort/core/group.hpp>
#include <cohort/core/mpi_error.hpp>
#include <cohort/core/mpi_struct.hpp>
#include <cohort/core/op.hpp>
#include <cohort/core/options.hpp>
#include <cohort/core/request.hpp>
#include <cohort/core/status.hpp>
#include <cohort/core/wait.hpp>
