#pragma once

/// A file of checksummed records that survives crashes of its writer and of the machine. Nothing here needs MPI.
#include <cohort/journal/error.hpp>
#include <cohort/journal/fingerprint.hpp>
#include <cohort/journal/reader.hpp>
#include <cohort/journal/record.hpp>
#include <cohort/journal/writer.hpp>
