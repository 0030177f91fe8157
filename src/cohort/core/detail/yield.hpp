#pragma once

namespace cohort::detail {

/// std::this_thread::yield(), without <thread>: what that brings would be compiled in every program.
void yield() noexcept;

}  // namespace cohort::detail
