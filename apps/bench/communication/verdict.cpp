#include "bench/communication/verdict.hpp"

namespace cohort_bench {

verdict judge(const figures& what) noexcept {
  const double above = what.ratio - what.bar;
  if (above > what.control_spread) return verdict::missed;
  const bool clear = -above >= what.control_spread;
  return clear || what.control_spread <= what.tolerance ? verdict::ok : verdict::too_noisy;
}

const char* text(verdict what) noexcept {
  switch (what) {
    case verdict::missed:
      return "MISSED";
    case verdict::too_noisy:
      return "too noisy to judge";
    case verdict::ok:
      break;
  }
  return "ok";
}

int exit_status(const std::vector<figures>& all) noexcept {
  bool noisy = false;
  for (const auto& each : all) {
    if (judge(each) == verdict::missed) return 1;
    noisy = noisy || judge(each) == verdict::too_noisy;
  }
  return noisy ? 3 : 0;
}

}  // namespace cohort_bench
