#include "farm/options.hpp"

#include <cohort/cluster/fault_tolerance.hpp>

#include "common/command_line.hpp"
#include "farm/duration.hpp"
#include "farm/errors.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <chrono>
#include <limits>
#include <string_view>

namespace cohort_farm {
namespace {

constexpr const char* description =
    "Runs every line of FILE (or of standard input) as a shell command, on all ranks, and loses none.\n"
    "\n"
    "On this machine, and in a Slurm job (sbatch, salloc), where mpirun finds the hosts by itself:\n"
    "  mpirun -n 4 cohort-farm tasks.txt\n"
    "  sbatch -N 4 -n 64 --wrap 'mpirun cohort-farm --journal run --resume tasks.txt'\n"
    "Outputs in the order of the tasks, and in files of their own:\n"
    "  seq 100 | sed 's/^/.\\/simulate --seed /' | mpirun -n 4 cohort-farm -k > out.txt\n"
    "  mpirun -n 4 cohort-farm --results out --retries 3 --timeout 2h --halt soon,fail=10% tasks.txt\n"
    "In a Slurm job that goes on after its time limit, until all is done:\n"
    "  sbatch -n 64 -t 4:00:00 --requeue --open-mode=append --wrap \\\n"
    "    'exec cohort-run cohort-farm --joblog run.log --resume --requeue tasks.txt'\n"
    "Going on without the hosts that are lost:\n"
    "  cohort-run --fault-tolerant --hostfile hosts cohort-farm --joblog run.log tasks.txt\n"
    "Helping a farm that runs already with --journal run, from another job:\n"
    "  sbatch -n 64 --wrap 'cohort-run cohort-farm --join /home/me/run'";

constexpr const char* footer =
    "Blank lines and lines that begin with # are skipped; tasks are numbered from 1. A task's standard output and\n"
    "error are printed when it has ended, unmixed; its standard input is empty. It finds its number in "
    "PARALLEL_SEQ\n"
    "and COHORT_TASK, its slot in PARALLEL_JOBSLOT, its attempt and rank in COHORT_ATTEMPT and COHORT_RANK.\n"
    "\n"
    "DURATION is seconds, or amounts with s, m, h or d: 90, 1.5h, 1d12h. WHEN is never, or now or soon with "
    "fail=,\n"
    "success= or done= and a number or a percentage: soon,fail=3 starts nothing new after three failures,\n"
    "now,success=1 also ends what runs. The log, its numbers and the meaning of --retries and --halt are GNU\n"
    "parallel's; either program resumes the other's log (if the list has no blank lines or comments).\n"
    "\n"
    "In a Slurm job the run ends with it (--walltime). It learns how long tasks take, starts none that\n"
    "would probably not end before the reserve, waits for those that run, and stops them when the reserve\n"
    "begins: SIGTERM, and SIGKILL after half of it. SIGUSR1 to any rank, as by sbatch --signal, has the run\n"
    "start nothing more at once; without a walltime it waits for all that runs. What was stopped, or died by\n"
    "a SIGTERM or SIGUSR1 that its rank got as well, has not failed and has used no retry: --resume runs it\n"
    "again.\n"
    "\n"
    "A rank that is lost (killed, crashed, stopped, or cut off for some seconds) costs, fault-tolerant, only\n"
    "what it ran: that runs again elsewhere, at no charge to --retries; under three lost ranks it has failed.\n"
    "Rank 0 must stay. If another rank of its host lives and a slot is free, a process is started in the place of\n"
    "the lost one (unless --no-replace): messages and the summary give it a number of its own, but its commands\n"
    "find the lost one's in COHORT_RANK.\n"
    "\n"
    "A job that joins a farm needs nothing but the directory of its journal, on a file system that both see. It\n"
    "runs its commands in the farm's working directory, which must have the same path there, with its own\n"
    "environment; results go to the farm, which alone prints, logs, retries, halts and sets the --lease. It may\n"
    "come and go at any time: at SIGTERM, SIGINT or SIGHUP it ends what it runs, at SIGUSR1 or before the end of\n"
    "its own --walltime it waits for that; the farm runs the rest elsewhere. If it is killed, the farm does so\n"
    "when it has heard nothing of it for a lease. It ends, with status 0, when the farm does; 111 if the farm is\n"
    "lost (not heard for half a lease): join it again when it goes on; 255 if none answers within ten seconds.\n"
    "\n"
    "With more commands at a time than the CPUs that mpirun binds a rank to, they run on all CPUs that mpirun may "
    "use.\n"
    "\n"
    "Exit status: 0 all tasks succeeded; 1 to 100 so many failed (with --resume, tasks that the log has as\n"
    "failed count too), or were not run; 101 more; 255 another error, which a message tells. 75: tasks remain\n"
    "because the time was over, or SIGUSR1 came, even if SIGTERM came after that; run it again with --resume\n"
    "(75 failed tasks are 76). 111, from cohort-run --fault-tolerant: rank 0 was lost; run it again with\n"
    "--resume. After --halt it is GNU parallel's, but never 0 if tasks were left undone, unless a number of\n"
    "successes was asked for, and a command's 75 and 111 are 76 and 112. After SIGTERM, SIGINT or SIGHUP it is\n"
    "128 and its number; a rank that alone gets one hands its tasks to the others.";

constexpr std::chrono::seconds shortest_lease{3};

/// What is wrong with a value of --retries; empty if nothing is.
std::string not_whole_number(const std::string& text) {
  std::uint32_t value = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status == std::errc{} && end == text.data() + text.size()) return {};
  return fmt::format("Value {} not in range [0 - {}]", text, std::numeric_limits<std::uint32_t>::max());
}

/// What a job that joins a farm leaves to that farm.
constexpr std::array farms_own{"tasks",        "--joblog",  "--journal", "--resume",  "--resume-failed",
                               "--keep-order", "--results", "--retries", "--timeout", "--halt",
                               "--requeue",    "--dry-run", "--lease",   "--progress"};

void check_joining(const CLI::App& app) {
  for (const auto* const name : farms_own) {
    if (app.count(name) == 0) continue;
    throw farm_error{
        fmt::format("--join does not go with {} (the farm that is joined has its own, which counts for all its "
                    "tasks); leave it "
                    "out",
                    name == std::string_view{"tasks"} ? "a file of tasks" : name)};
  }
}

void check(const options& o) {
  if (o.lease < shortest_lease) {
    throw farm_error{
        "--lease is too short (a moment in which a file system stands still would end those who have joined); give "
        "at least 3s"};
  }

  if (o.resume && o.joblog.empty() && o.journal.empty()) {
    throw farm_error{
        fmt::format("{0} needs a log or a journal (it is what says which tasks are done); add --joblog FILE or "
                    "--journal DIR, as in --journal run {0}",
                    o.resume_failed ? "--resume-failed" : "--resume")};
  }
  if (o.joblog == "-") {
    throw farm_error{
        "--joblog - is not possible (standard output carries the tasks' output); name a file, such as run.log"};
  }
  if (o.requeue && !o.resume) {
    throw farm_error{
        "--requeue needs --resume (the job's next life would begin from the start, for ever); add --joblog FILE "
        "--resume, or --journal DIR --resume"};
  }
}

}  // namespace

std::variant<options, early_exit> read_options(int argc, const char* const* argv) {
  options o;
  std::string timeout;
  std::string halt;
  std::string walltime;
  std::string reserve;
  std::string lease;

  CLI::App app{description, "cohort-farm"};
  app.footer(footer);
  app.add_option("tasks", o.tasks, "One command per line; - or nothing: standard input")->type_name("FILE");
  app.add_option("-j,--jobs", o.jobs, "Commands at a time on each rank (default 1)")
      ->type_name("N")
      ->check(CLI::Range(1U, 4096U));
  app.add_option("--joblog", o.joblog, "Log every task that ended; an existing FILE is replaced unless --resume")
      ->type_name("FILE")
      ->check(cohort_apps::not_empty);
  app.add_option("--journal", o.journal,
                 "Record every task that ended in DIR/journal, which no crash damages; one that has ends already "
                 "needs --resume")
      ->type_name("DIR")
      ->check(cohort_apps::not_empty);
  app.add_option("--join", o.join,
                 "Help the farm that runs, in another job, with --journal DIR: take tasks from it until it ends")
      ->type_name("DIR")
      ->check(cohort_apps::not_empty);
  app.add_option("--lease", lease,
                 "With --journal: one that has joined and was silent for so long is lost, and its tasks run again "
                 "(default 30s)")
      ->type_name("DURATION");
  app.add_flag("--resume", o.resume, "Run only what log and journal do not have, neither as done nor as failed");
  app.add_flag("--resume-failed", o.resume_failed, "The same, and again what failed");
  app.add_flag("-k,--keep-order", o.keep_order, "Print outputs in the order of the tasks");
  app.add_option("--results", o.results,
                 "Write outputs to DIR/<task>/stdout, stderr and status instead of printing them (on a file system "
                 "that all ranks see)")
      ->type_name("DIR")
      ->check(cohort_apps::not_empty);
  app.add_option(
         "--retries", o.attempts,
         "Try a failing task N times in all (N counts the first time too; 1, the default, is no retry; 0 is "
         "without limit)")
      ->type_name("N")
      ->check(not_whole_number);
  app.add_option("--timeout", timeout, "End an attempt that runs longer; it counts as failed (0: no limit)")
      ->type_name("DURATION");
  app.add_option("--halt", halt, "End the run early")->type_name("WHEN");
  app.add_option(
         "--walltime", walltime,
         "Start nothing that would not end in TIME from the start, end what runs then, and exit with status "
         "75 if tasks remain; auto, the default, is to the end of the Slurm job, if there is one; or none")
      ->type_name("TIME");
  app.add_option("--reserve", reserve,
                 "The end of that time, kept free for stopping and writing (default: a twentieth of it, at most a "
                 "minute)")
      ->type_name("DURATION");
  app.add_flag(
      "--requeue", o.requeue,
      "If tasks remain then, put the Slurm job back into the queue (if any task ended in this life of it)");
  app.add_flag(
      "--fault-tolerant", o.fault_tolerant,
      "Go on when a rank or a host is lost: what it ran runs again elsewhere (the default under cohort-run "
      "--fault-tolerant, which it needs)");
  bool no_replace = false;
  app.add_flag(
      "--no-replace", no_replace,
      "Fault-tolerant, start no process in the place of a lost rank (the default is one, on the same host, if it "
      "lives)");
  app.add_flag("--dry-run", o.dry_run, "Print the tasks that would run, and run none");
  bool progress = false;
  bool no_progress = false;
  auto* on = app.add_flag("--progress", progress, "Show progress on standard error (default: if it is a terminal)");
  app.add_flag("--no-progress", no_progress, "Show none")->excludes(on);
  app.set_version_flag("--version", "cohort-farm " COHORT_VERSION);

  auto leave = cohort_apps::parse(app, argc, argv, error_status, [&] {
    if (!timeout.empty()) o.timeout = parse_duration(timeout, "--timeout");
    if (!halt.empty()) o.halt = parse_halt(halt);
    if (!walltime.empty()) o.walltime = parse_walltime(walltime);
    if (!reserve.empty()) o.reserve = parse_duration(reserve, "--reserve");
    if (!lease.empty()) o.lease = parse_duration(lease, "--lease");
    o.resume = o.resume || o.resume_failed;
    o.fault_tolerant = o.fault_tolerant || cohort::cluster::fault_tolerant();
    o.replace = !no_replace;
    o.show = progress ? options::progress::on : no_progress ? options::progress::off : options::progress::automatic;
    if (!o.join.empty()) check_joining(app);
    if (!lease.empty() && o.journal.empty()) {
      throw farm_error{
          "--lease needs --journal (a farm without one cannot be joined); add --journal DIR, or leave --lease out"};
    }
    check(o);
  });
  if (leave) return *std::move(leave);
  return o;
}

}  // namespace cohort_farm
