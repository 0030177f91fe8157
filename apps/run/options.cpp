#include "run/options.hpp"

#include "common/command_line.hpp"
#include "run/errors.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <map>

namespace cohort_run {
namespace {

constexpr const char* description =
    "cohort-run [OPTION...] [--] PROGRAM [ARGUMENT...]\n"
    "Runs an MPI program: on this machine, on hosts, or in the Slurm job that it is started in.\n"
    "\n"
    "  cohort-run -n 4 ./app                       four ranks here, more than cores if need be\n"
    "  cohort-run --hostfile hosts ./app           as many ranks as the hosts have slots\n"
    "  cohort-run --host node1:4,node2:4 ./app\n"
    "  sbatch -N 2 -n 8 --wrap 'cohort-run ./app'  as many as the Slurm job has tasks\n"
    "  cohort-run --fault-tolerant --hostfile hosts cohort-farm tasks.txt";

constexpr const char* footer =
    "It starts mpirun with what is right there (see it by --dry-run). What you have set yourself in the "
    "environment "
    "(OMPI_MCA_...) stays as it is. Ranks on other hosts get your variables COHORT_* too, and your PATH if the "
    "program is named "
    "without a folder.\n"
    "\n"
    "Standard input goes to rank 0. What ranks print goes through mpirun; a rank 0 on this host may write to your "
    "standard output itself (cohort-farm does), so that an mpirun that is killed loses nothing. If nobody "
    "reads standard output any more, the job ends (141). Ctrl-C, SIGTERM, "
    "SIGHUP, SIGUSR1 and SIGUSR2 reach the job; nothing of it is "
    "left when cohort-run has ended, however it ends.\n"
    "\n"
    "With --fault-tolerant the loss of a rank or a host does not end the job, and mpirun's exit status says "
    "nothing: "
    "the program must leave its own verdict (cohort-farm does; see cohort/cluster/verdict.hpp). When it has, "
    "mpirun "
    "gets three seconds to end.\n"
    "\n"
    "Exit status: that of the job's verdict, or else mpirun's: of the first rank that failed, 128 and the signal "
    "that ended it, 130 after Ctrl-C. 111, with --fault-tolerant: what the job cannot do without was lost (rank 0, "
    "mpirun, or a rank or host while the program began); the same command again, with --resume for a cohort-farm "
    "that has a journal, does what is left. 125: cohort-run could not do it, or not write all output (a full "
    "disk). "
    "docs/cluster.md has all statuses.";

std::string variable_name(const std::string& text) {
  const auto name = text.substr(0, text.find('='));
  const bool good = !name.empty() && (name[0] < '0' || name[0] > '9') &&
                    name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") ==
                        std::string::npos;
  return good ? std::string{} : fmt::format("'{}' is not the name of a variable", name);
}

void check(const options& o) {
  if (!o.hostfile.empty() && !o.hosts.empty()) {
    throw run_error{"--hostfile and --host are two lists of hosts (one is enough); give one of them"};
  }
  if (o.command.empty()) {
    throw run_error{"no program was given (it follows the options); for example cohort-run -n 4 ./app"};
  }
  if (o.command.front().empty()) {
    throw run_error{"the program's name is empty (a variable may not be set); for example cohort-run -n 4 ./app"};
  }
  if (o.command.front().front() == '-') {
    throw run_error{
        fmt::format("{} is not an option of cohort-run (options of the program follow its name, those of mpirun "
                    "can be set in the "
                    "environment as OMPI_MCA_...); see cohort-run --help",
                    o.command.front())};
  }
}

}  // namespace

std::variant<options, early_exit> read_options(int argc, const char* const* argv) {
  options o;
  const std::map<std::string, options::binding> bindings{
      {"none", options::binding::none}, {"core", options::binding::core}, {"socket", options::binding::socket}};

  CLI::App app{description, "cohort-run"};
  app.footer(footer);
  app.add_option("-n,--np", o.ranks, "Number of ranks (default: as many as there are slots, or cores)")
      ->type_name("N")
      ->check(CLI::Range(1U, 1000000U));
  app.add_option("--hostfile", o.hostfile, "Hosts, one to a line: NAME slots=NUMBER")
      ->type_name("FILE")
      ->check(cohort_apps::not_empty);
  app.add_option("--host", o.hosts, "Hosts, as in node1:4,node2:4")
      ->type_name("LIST")
      ->check(cohort_apps::not_empty);
  app.add_flag("--fault-tolerant", o.fault_tolerant, "Go on when a rank or a host is lost");
  app.add_option_function<std::string>(
         "--bind", [&](const std::string& name) { o.bind = bindings.at(name); },
         "Tie each rank to a core or socket: for ranks without threads on whole machines (default: none)")
      ->type_name("none|core|socket")
      ->check(CLI::IsMember({"none", "core", "socket"}).description(""));
  app.add_option("-x,--export", o.exported, "A variable for the ranks on other hosts; may be given more than once")
      ->type_name("NAME[=VALUE]")
      ->take_all()
      ->allow_extra_args(false)
      ->check(variable_name);
  app.add_flag("--dry-run", o.dry_run, "Print the command that would run, and run none");
  app.set_version_flag("--version", "cohort-run " COHORT_VERSION);
  app.prefix_command();

  auto leave = cohort_apps::parse(app, argc, argv, error_status, [&] {
    o.command = app.remaining();
    if (!o.command.empty() && o.command.front() == "--") o.command.erase(o.command.begin());
    check(o);
  });
  if (leave) return *std::move(leave);
  return o;
}

}  // namespace cohort_run
