#pragma once

#include <string>

namespace cohort {

/// What this library was built with, and what it runs on.
struct versions {
  std::string cohort;
  std::string compiler;
  std::string boost;
  std::string mpi_built;   ///< "Open MPI 4.1.4": whose headers were compiled
  std::string mpi_loaded;  ///< "Open MPI 4.1.4": whose library is in this process
};

/// May be called before MPI is initialised, and after its end. Not collective.
[[nodiscard]] versions find_versions();

}  // namespace cohort
