#pragma once

#include <cohort/pattern/rank_error.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>

namespace cohort {

/// For pipeline_failure::item: a stage was being made, or told that its last item has come.
inline constexpr std::uint64_t no_item = std::numeric_limits<std::uint64_t>::max();

/// Where in a pipeline a function of the user's has thrown. Travels by value.
struct pipeline_failure {
  rank_failure what;       ///< type, message, rank and host
  std::string stage;       ///< its name
  std::uint64_t item = 0;  ///< the number of the source's item, from 0, that was being worked on; or no_item
  std::string place = {};  ///< where the source found that item ("data.txt:18"), if it can tell
};

/// A stage has thrown: every rank throws this, the same on each. If several have, it tells of the lowest rank. On
/// the rank where it happened the stage's own exception is nested in it (std::rethrow_if_nested).
class pipeline_error : public rank_error {
 public:
  explicit pipeline_error(pipeline_failure what)
      : rank_error{std::move(what.what)},
        stage_{std::move(what.stage)},
        item_{what.item},
        place_{std::move(what.place)} {}
  [[nodiscard]] const std::string& stage() const noexcept { return stage_; }
  [[nodiscard]] std::uint64_t item() const noexcept { return item_; }
  [[nodiscard]] const std::string& place() const noexcept { return place_; }

 private:
  std::string stage_;
  std::uint64_t item_;
  std::string place_;
};

}  // namespace cohort
