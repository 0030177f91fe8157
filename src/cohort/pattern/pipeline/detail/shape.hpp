#pragma once

#include <cohort/core/call_site.hpp>
#include <cohort/core/communicator.hpp>
#include <cohort/pattern/pipeline/detail/pipeline_run.hpp>
#include <cohort/pattern/pipeline/options.hpp>

#include <vector>

namespace cohort::detail {

/// Collective: throws argument_error, on every rank, if they do not all run the same pipeline with the same
/// options; ranks that disagree who runs what would wait for each other for ever. One MPI_Allreduce if all is well.
void agree_on_shape(const communicator& comm, const std::vector<stage_outline>& stages,
                    const pipeline_options& options, const call_site& where);

}  // namespace cohort::detail
