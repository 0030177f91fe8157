#include <cohort/pattern/crew/left_behind.hpp>

#include <fmt/format.h>

namespace cohort::crew {

std::string still_running_text(const std::string& pattern, const std::string& who, std::size_t jobs,
                               std::chrono::nanoseconds grace) {
  return fmt::format(
      "{}: {} still runs {} task(s) that overran their timeout or were cancelled or stopped, {:.1f} s after the "
      "rest "
      "(a function cannot be ended from outside); make the tasks end by themselves, or run them as processes",
      pattern, who, jobs, std::chrono::duration<double>(grace).count());
}

error still_running(const std::string& pattern, const std::string& who, std::size_t jobs,
                    std::chrono::nanoseconds grace) {
  return error{still_running_text(pattern, who, jobs, grace)};
}

error no_place_to_run(const std::string& pattern, std::size_t jobs, std::chrono::nanoseconds grace) {
  return error{
      fmt::format("{}: {} task(s) cannot run (every rank is busy with tasks that overran their timeout or were "
                  "cancelled, and have "
                  "not returned {:.1f} s later; a function cannot be ended from outside); make the tasks end by "
                  "themselves, or run "
                  "them as processes",
                  pattern, jobs, std::chrono::duration<double>(grace).count())};
}

}  // namespace cohort::crew
