#pragma once

#include "fibonacci/compute.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace fibonacci {

enum class format { table, csv, json };

struct report_options {
  format as = format::table;
  bool quiet = false;  ///< the terms alone
};

/// Takes a piece of the report.
using writer = std::function<void(std::string_view)>;

/// Writes `asked` (in that order, duplicates too) from `computed`, which holds each of them once. Values go whole
/// where `computed` has them whole, else shortened. A table ends with the highest term; so does JSON, with the
/// times too.
void write_report(const std::vector<std::uint64_t>& asked, const results& computed, const report_options& options,
                  const writer& write);

/// Lines for people: how long it took, and the speed-up over one rank.
[[nodiscard]] std::string describe(const timing& time, std::size_t asked, std::size_t distinct);

}  // namespace fibonacci
