#include <cohort/core/versions.hpp>

#include <boost/version.hpp>
#include <fmt/format.h>
#include <mpi.h>

#include <array>

namespace cohort {
namespace {

std::string compiler() {
#if defined(__clang__)
  return fmt::format("clang {}.{}.{}", __clang_major__, __clang_minor__, __clang_patchlevel__);
#elif defined(__GNUC__)
  return fmt::format("g++ {}.{}.{}", __GNUC__, __GNUC_MINOR__, __GNUC_PATCHLEVEL__);
#else
  return "unknown";
#endif
}

std::string built_mpi() {
#if defined(OMPI_MAJOR_VERSION)
  return fmt::format("Open MPI {}.{}.{}", OMPI_MAJOR_VERSION, OMPI_MINOR_VERSION, OMPI_RELEASE_VERSION);
#else
  return fmt::format("an MPI of version {}.{}", MPI_VERSION, MPI_SUBVERSION);
#endif
}

/// "Open MPI v4.1.4, package: ..., ident: ..." becomes "Open MPI 4.1.4"; what begins otherwise, its first line.
std::string loaded_mpi() {
  std::array<char, MPI_MAX_LIBRARY_VERSION_STRING> text{};
  int length = 0;
  MPI_Get_library_version(text.data(), &length);
  std::string whole{text.data(), static_cast<std::size_t>(length)};
  whole.resize(whole.find_first_of(",\n") != std::string::npos ? whole.find_first_of(",\n") : whole.size());
  constexpr std::string_view name = "Open MPI v";
  if (whole.compare(0, name.size(), name) == 0) whole.erase(name.size() - 1, 1);
  return whole;
}

}  // namespace

versions find_versions() {
  return {COHORT_VERSION, compiler(),
          fmt::format("{}.{}.{}", BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000, BOOST_VERSION % 100),
          built_mpi(), loaded_mpi()};
}

}  // namespace cohort
