#include "info/options.hpp"

#include "common/command_line.hpp"
#include "info/errors.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace cohort_info {
namespace {

constexpr const char* description =
    "Tells where MPI programs would run, or run, and what is wrong there.\n"
    "\n"
    "  cohort-info                     this machine, or the Slurm job that it is started in\n"
    "  cohort-info --hostfile hosts    the same, and each host of a hostfile: is it reached, has it the cores ...\n"
    "  mpirun -n 4 cohort-info         one table of all ranks: host, cores, binding";

constexpr const char* footer =
    "Alone it does not initialise MPI, so it works where MPI does not. Hosts are asked by ssh without a password, "
    "all "
    "at a time.\n"
    "\n"
    "Exit status: 0 nothing is wrong (notes do not count); 1 there are problems, each printed with what to do, or "
    "the "
    "report could not be written; 2 "
    "the "
    "command line is wrong.";

}  // namespace

std::variant<options, early_exit> read_options(int argc, const char* const* argv) {
  options o;
  CLI::App app{description, "cohort-info"};
  app.footer(footer);
  app.add_option("--hostfile", o.hostfile, "Check this hostfile and its hosts")
      ->type_name("FILE")
      ->check(cohort_apps::not_empty);
  app.add_flag("--json", o.json, "Print all of it as JSON");
  app.add_flag("--quick", o.quick, "Start no other program: neither mpirun nor ssh nor squeue");
  app.add_option("--ssh", o.ssh, "The command that reaches hosts (default: ssh), a shell's words")
      ->type_name("COMMAND")
      ->check(cohort_apps::not_empty);
  app.add_option("--timeout", o.timeout, "Seconds to wait for a host, and for mpirun (default 10)")
      ->type_name("SECONDS")
      ->check(CLI::Range(1U, 3600U));
  app.set_version_flag("--version", "cohort-info " COHORT_VERSION);
  auto leave = cohort_apps::parse(app, argc, argv, usage_error, [] {});
  if (leave) return *std::move(leave);
  return o;
}

}  // namespace cohort_info
