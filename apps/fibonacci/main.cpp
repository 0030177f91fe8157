// Fibonacci terms, dealt out to all ranks and gathered again. Rank 0 reads the input and prints; every rank
// computes.
#include <cohort/collective.hpp>
#include <cohort/core/environment.hpp>

#include "fibonacci/command_line.hpp"
#include "fibonacci/compute.hpp"
#include "fibonacci/output.hpp"
#include "fibonacci/report.hpp"

#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <system_error>
#include <unistd.h>
#include <variant>

namespace {

/// What every rank must know before the computation.
struct plan {
  bool leave = true;
  int status = 0;
  bool full = false;
  bool compare = false;
};

/// Prints all of `text`, or nothing more once nobody reads it. The status to exit with.
template <class Print>
int print(int descriptor, const Print& fill) {
  fibonacci::output out{descriptor};
  try {
    fill(out);
    out.flush();
  } catch (const fibonacci::reader_gone&) {
    return 0;
  } catch (const std::system_error& e) {
    const auto text =
        fmt::format("cohort-fibonacci: the output cannot be written ({}); make room for it, or send it elsewhere\n",
                    e.code().message());
    (void)std::fputs(text.c_str(), stderr);  // if nobody can read it, so be it
    return 1;
  }
  return 0;
}

/// On rank 0: reads what is wanted into `wanted`, or prints why there is nothing to do.
plan read_plan(int argc, char** argv, fibonacci::request& wanted) {
  auto read = fibonacci::read_request(argc, argv);
  if (const auto* exit = std::get_if<fibonacci::early_exit>(&read)) {
    const int failed =
        print(exit->status == 0 ? STDOUT_FILENO : STDERR_FILENO, [&](auto& out) { out.write(exit->text); });
    return {.leave = true, .status = exit->status == 0 ? failed : exit->status};
  }
  wanted = std::get<fibonacci::request>(std::move(read));
  return {.leave = false, .full = wanted.full, .compare = wanted.compare};
}

int report(const fibonacci::request& wanted, const fibonacci::results& computed) {
  const auto times = wanted.report.quiet || wanted.report.as == fibonacci::format::json
                         ? std::string{}
                         : fibonacci::describe(computed.time, wanted.asked.size(), wanted.distinct.size());
  const bool table = wanted.report.as == fibonacci::format::table;
  const int status = print(STDOUT_FILENO, [&](auto& out) {
    fibonacci::write_report(wanted.asked, computed, wanted.report, [&](std::string_view text) { out.write(text); });
    if (table) out.write(times);
  });
  if (!table) print(STDERR_FILENO, [&](auto& out) { out.write(times); });
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a reader that leaves (| head) shows as an error of write
  const cohort::environment env{argc, argv};
  const auto& world = env.world();
  const bool root = world.rank() == 0;

  // Rank 0 alone reads and complains; its verdict goes to all, so that every rank leaves in order, with one status.
  fibonacci::request wanted;
  const auto plan = world.bcast(root ? read_plan(argc, argv, wanted) : ::plan{});
  if (plan.leave) return plan.status;

  auto computed = fibonacci::compute_together(world, wanted.distinct, plan.full);
  if (plan.compare) fibonacci::compute_alone(world, computed, plan.full);
  return world.bcast(root ? report(wanted, computed) : 0);
}
