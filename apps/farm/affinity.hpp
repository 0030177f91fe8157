#pragma once

#include <cstdint>

namespace cohort_farm {

/// mpirun and srun bind a rank to a core or two, and its children inherit that. If `jobs` commands at a time do not
/// fit there, this thread, and the children it starts from then on, may use every CPU that the launcher (our parent
/// process) may: the node's, as far as its cpuset, a batch system or taskset allow. Does nothing where it cannot be
/// done.
void make_room(std::uint32_t jobs) noexcept;

}  // namespace cohort_farm
