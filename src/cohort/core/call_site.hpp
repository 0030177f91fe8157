#pragma once

namespace cohort {

/// The place in the caller's source from which a cohort function was called; every operation takes one as its last,
/// defaulted argument, so that an error names the user's line. Costs three registers, no memory.
/// (std::source_location would do the same, but clang-tidy 14 cannot parse libstdc++'s.)
struct call_site {
  const char* file = "";
  int line = 0;
  const char* function = "";

  static constexpr call_site current(const char* file = __builtin_FILE(), int line = __builtin_LINE(),
                                     const char* function = __builtin_FUNCTION()) noexcept {
    return {file, line, function};
  }
};

}  // namespace cohort
