#pragma once

namespace cohort {

/// The place in the caller's source from which a cohort function was called; every operation takes one as its last,
/// defaulted argument, so that an error names the user's line. Costs two registers: a third member would push it
/// through memory at every call that is not inlined.
/// (std::source_location would do the same, but clang-tidy 14 cannot parse libstdc++'s.)
struct call_site {
  const char* file = "";
  int line = 0;

  static constexpr call_site current(const char* file = __builtin_FILE(), int line = __builtin_LINE()) noexcept {
    return {file, line};
  }
};

}  // namespace cohort
