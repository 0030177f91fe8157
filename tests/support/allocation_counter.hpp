#pragma once

#include <cstddef>

namespace cohort::test {

/// Counts the C++ heap allocations (operator new in all its forms) that this thread makes while it lives. Open
/// MPI's own, which use malloc, do not count. Works under sanitizers: memory still comes from their malloc.
class allocation_counter {
 public:
  allocation_counter() noexcept;
  [[nodiscard]] long count() const noexcept;
  /// Their sizes added up, freed or not.
  [[nodiscard]] std::size_t bytes() const noexcept;

 private:
  long before_;
  std::size_t bytes_before_;
};

}  // namespace cohort::test
