#pragma once

#include <cohort/pattern/pipeline/detail/parcel.hpp>

#include <cstdint>

namespace cohort::detail {

/// The item that is being worked on, as errors and the order of a pipeline know it.
struct item_place {
  std::uint64_t origin = 0;  ///< of the source's items
  order_path path = {};
  bool branches = false;      ///< the path is in use
  std::uint64_t emitted = 0;  ///< so many have been made of it
  bool late = false;          ///< it has no place in the order: it comes after all that have
};

}  // namespace cohort::detail
