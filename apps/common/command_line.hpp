#pragma once

#include <cohort/core/error.hpp>

#include "common/early_exit.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <sstream>
#include <string>

namespace cohort_apps {

/// Reads the command line, then calls `check`, which throws cohort::error for what is wrong with it. Returns what
/// there is to print instead of running: help, the version, or what is wrong, with `error_status`.
template <class Check>
[[nodiscard]] std::optional<early_exit> parse(CLI::App& app, int argc, const char* const* argv, int error_status,
                                              Check&& check) {
  const auto program = app.get_name();
  try {
    app.parse(argc, argv);
    check();
  } catch (const CLI::Success& e) {
    std::ostringstream text;
    app.exit(e, text, text);
    return early_exit{0, text.str()};
  } catch (const CLI::ParseError& e) {
    // CLI11's own message names what is wrong, not what to do.
    std::string what = e.what();
    std::replace(what.begin(), what.end(), '\n', ' ');
    return failure(program, error_status, fmt::format("{}; see {} --help", what, program));
  } catch (const cohort::error& e) {
    return failure(program, error_status, e.what());
  }
  return std::nullopt;
}

/// For options that need a value.
[[nodiscard]] inline std::string not_empty(const std::string& text) {
  return text.empty() ? "it is empty" : "";
}

}  // namespace cohort_apps
