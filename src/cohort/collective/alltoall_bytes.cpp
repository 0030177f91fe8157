#include <cohort/collective/alltoallv.hpp>

namespace cohort::detail {

template gathered<std::byte> alltoall_unknown<std::byte>(comm_state& state, const std::byte* whole,
                                                         counts_view counts, const call_site& where,
                                                         std::size_t limit);

}  // namespace cohort::detail
