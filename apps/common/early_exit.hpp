#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <string_view>

namespace cohort_apps {

/// Nothing to run: print `text` (on standard output if the status is 0, else on standard error) and leave.
struct early_exit {
  int status = 0;
  std::string text;

  void print() const { (void)std::fputs(text.c_str(), status == 0 ? stdout : stderr); }
};

[[nodiscard]] inline early_exit failure(std::string_view program, int status, std::string_view what) {
  return {status, fmt::format("{}: {}\n", program, what)};
}

}  // namespace cohort_apps
