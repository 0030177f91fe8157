#pragma once

#include <cohort/core/call_site.hpp>
#include <cohort/core/communicator.hpp>

#include <exception>
#include <string>

namespace cohort::crew {

/// Whether the threads of all ranks may call MPI at any time, as tasks of several ranks do. Collective.
[[nodiscard]] bool all_multiple(const communicator& comm, const call_site& where);

/// What to say and do where they may not: "`what` needs ...".
[[nodiscard]] std::string needs_multiple(const std::string& what);

/// The text, and what was thrown before, if something was, which it must not hide.
[[nodiscard]] std::string with_cause(std::string text, const std::exception_ptr& before);

}  // namespace cohort::crew
