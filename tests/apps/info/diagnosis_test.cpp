// What cohort-info concludes from what it knows.

#include "info/diagnosis.hpp"

#include "info/options.hpp"
#include "info/program.hpp"
#include "info/report.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <variant>
#include <vector>

namespace {

using namespace cohort_info;
using namespace std::chrono_literals;
using cohort::cluster::launcher;

/// A machine on which nothing is wrong.
facts healthy() {
  facts of;
  of.versions = {"0.1.0", "g++ 12.2.0", "1.74.0", "Open MPI 4.1.4", "Open MPI 4.1.4"};
  of.host = "me";
  of.now = std::chrono::system_clock::from_time_t(1'800'000'000);
  of.cores.cpus = {0, 1, 2, 3};
  of.cores.online = 4;
  of.cores.physical = 4;
  of.shared_memory = 1'000'000'000;
  of.temporary = "/tmp";
  of.temporary_free = 1'000'000'000;
  of.mpirun = {"/usr/bin/mpirun", "Open MPI 4.1.4", true, ""};
  return of;
}

rank_facts rank_on(int rank, const std::string& host, std::vector<unsigned> cpus = {0, 1, 2, 3}) {
  rank_facts of;
  of.rank = rank;
  of.host = host;
  of.mpi = "Open MPI 4.1.4";
  of.cpus = std::move(cpus);
  of.online = 4;
  of.usable = 4;
  return of;
}

/// A job of mpirun.
facts job(std::vector<rank_facts> ranks) {
  auto of = healthy();
  of.given.by = launcher::mpirun;
  of.given.size = static_cast<unsigned>(ranks.size());
  of.ranks = std::move(ranks);
  return of;
}

host_facts good_host(const std::string& name, int slots) {
  host_facts of;
  of.host.name = name;
  of.host.full_name = name;
  of.host.slots = slots;
  of.host.line = 1;
  of.known = true;
  of.reached = true;
  of.cores = 4;
  of.orted = true;
  of.mpi = "Open MPI 4.1.4";
  return of;
}

facts with_host(host_facts host) {
  auto of = healthy();
  of.hostfile.emplace();
  of.hostfile->name = "hosts";
  of.hostfile->reading.hosts.hosts = {host.host};
  of.hostfile->hosts = {std::move(host)};
  return of;
}

void expect_nothing(const facts& of) {
  for (const auto& each : diagnose(of)) ADD_FAILURE() << each.text;
}

/// One finding, of a kind, whose text has this part, and says what to do.
void expect_one(const facts& of, bool problem, const std::string& part) {
  const auto found = diagnose(of);
  ASSERT_EQ(found.size(), 1U) << part;
  EXPECT_EQ(found[0].problem, problem) << found[0].text;
  EXPECT_NE(found[0].text.find(part), std::string::npos) << found[0].text;
  EXPECT_NE(found[0].text.find("; "), std::string::npos) << found[0].text;
}
void expect_problem(const facts& of, const std::string& part) {
  expect_one(of, true, part);
}
void expect_note(const facts& of, const std::string& part) {
  expect_one(of, false, part);
}

TEST(Diagnosis, NothingIsWrong) {
  expect_nothing(healthy());
  expect_nothing(job({rank_on(0, "a"), rank_on(1, "a"), rank_on(2, "b")}));
  expect_nothing(with_host(good_host("a", 4)));
}

TEST(Diagnosis, OfMpi) {
  auto of = healthy();
  of.versions.mpi_built = "Open MPI 4.1.2";
  expect_problem(of, "cohort was built for Open MPI 4.1.2 and runs on Open MPI 4.1.4");
  of = healthy();
  of.mpirun = {};
  expect_problem(of, "there is no mpirun in PATH");
  of = healthy();
  of.mpirun.version = "Open MPI 5.0.1";
  expect_problem(of, "/usr/bin/mpirun belongs to Open MPI 5.0.1");
  of = healthy();
  of.mpirun.starts = false;
  of.mpirun.complaint = "No slots";
  expect_problem(of, "mpirun does not start a program (it says: No slots)");
}

TEST(Diagnosis, OfTheMachine) {
  auto of = healthy();
  of.root = true;
  expect_problem(of, "mpirun refuses to run as root");
  of.root_allowed = true;
  expect_nothing(of);
  of = job({rank_on(0, "me")});
  of.root = true;
  of.shared_memory = 1'000'000;
  expect_nothing(of);  // this one has begun, and has its memory
  of = healthy();
  of.shared_memory = 8'000'000;
  expect_problem(of, "/dev/shm has 7 MiB free (4 ranks need about 20 MiB");
  of.shared_memory.reset();
  expect_problem(of, "/dev/shm cannot be written");
  of = healthy();
  of.temporary_free = 1'000'000;
  expect_problem(of, "/tmp has 0 MiB free");
  of.temporary_free.reset();
  expect_problem(of, "/tmp cannot be written");
  of = healthy();
  of.cores.quota = 1.5;
  expect_note(of, "a cgroup allows 1.5 CPUs' time on 4 CPUs");
}

TEST(Diagnosis, OfASlurmJob) {
  auto of = healthy();
  of.given.slurm.emplace().id = "17";
  expect_note(of, "PMIX_MCA_gds is not hash");
  of.gds_hash = true;
  expect_nothing(of);
  of.end = of.now + 5min;
  expect_note(of, "the job ends in 5 minutes");
  of.end = of.now + 10min;
  expect_nothing(of);
  of = healthy();
  of.lonely_step = true;
  expect_problem(of, "the tasks of this srun do not know each other");
  of.given.slurm.emplace().id = "17";
  expect_problem(of, "the tasks of this srun do not know each other");
  of = healthy();
  of.contradiction = "SLURM_X=y (no); unset it";
  expect_problem(of, "SLURM_X=y");

  auto step = job({rank_on(0, "a"), rank_on(1, "b")});
  step.given.by = launcher::srun;
  step.given.slurm.emplace().id = "17";
  expect_problem(step, "PMIX_MCA_gds is not hash");
  for (auto& each : step.ranks) each.gds_hash = true;
  expect_nothing(step);
}

TEST(Diagnosis, OfRanksAndTheirCores) {
  expect_problem(job({rank_on(0, "a", {0}), rank_on(1, "a", {1})}),
                 "each of the ranks 0-1 on a is tied to one core");
  expect_nothing(job({rank_on(0, "a", {0, 1}), rank_on(1, "a", {2, 3})}));
  auto small = rank_on(0, "a", {0});
  small.online = small.usable = 1;
  expect_nothing(job({small}));

  const auto shared = diagnose(job({rank_on(0, "a", {2}), rank_on(1, "b"), rank_on(2, "a", {2})}));
  ASSERT_FALSE(shared.empty());
  EXPECT_NE(shared[0].text.find("ranks 0,2 on a are tied to one core, 2"), std::string::npos) << shared[0].text;

  std::vector<rank_facts> five;
  for (int r = 0; r != 5; ++r) five.push_back(rank_on(r, "a"));
  expect_problem(job(five), "a has 5 ranks on 4 cores, and those that wait do not give way");
  for (auto& each : five) each.yields = true;
  expect_note(job(five), "a has 5 ranks on 4 cores (they take turns)");
  five.back().host = "b";
  expect_nothing(job(five));

  auto different = job({rank_on(0, "a"), rank_on(1, "b")});
  different.ranks[1].mpi = "Open MPI 4.0.0";
  expect_problem(different, "ranks run on different MPI libraries (Open MPI 4.0.0, Open MPI 4.1.4;");
}

TEST(Diagnosis, OfAHostfile) {
  auto of = healthy();
  of.hostfile.emplace();
  of.hostfile->name = "hosts";
  expect_problem(of, "hosts names no host");
  of.hostfile->unreadable = "the hostfile hosts cannot be read (no); check";
  expect_problem(of, "cannot be read");
  of = with_host(good_host("a", 4));
  of.hostfile->reading.findings = {{3, true, "slots=x (a number is needed); write slots=8"}};
  expect_problem(of, "hosts:3: slots=x");
  of.hostfile->reading.findings[0].error = false;
  expect_note(of, "hosts:3: slots=x");
  of = with_host(good_host("a", 4));
  of.hostfile->reading.hosts.relative = {"+n1"};
  expect_problem(of, "hosts names +n1, a host of an allocation");
  of.given.slurm.emplace().id = "17";
  of.gds_hash = true;
  expect_nothing(of);
}

TEST(Diagnosis, OfItsHosts) {
  expect_problem(with_host(good_host("a", 5)), "a has slots=5 in line 1, and 4 cores");
  auto host = good_host("a", 4);
  host.known = false;
  host.reached.reset();
  host.complaint = "Name or service not known";
  expect_problem(with_host(host), "a is not known (its name has no address: Name or service not known)");
  host.host.full_name = "a.example.org";
  host.full_known = true;
  expect_problem(with_host(host), "a.example.org is known, but a, as mpirun shortens it, is not");
  host = good_host("a", 4);
  host.reached = false;
  host.host.user = "bob";
  host.host.port = 2222;
  host.complaint = "Permission denied (publickey).";
  expect_problem(with_host(host),
                 "a is not reached by ssh without a password (Permission denied (publickey).); try `ssh "
                 "-p 2222 bob@a true`");
  host = good_host("a", 4);
  host.orted = false;
  expect_problem(with_host(host), "a has no Open MPI in the PATH");
  host = good_host("a", 4);
  host.mpi = "Open MPI 5.0.0";
  expect_problem(with_host(host), "a has Open MPI 5.0.0, this host Open MPI 4.1.4");
  host.here = true;
  expect_nothing(with_host(host));
}

TEST(Diagnosis, ProblemsComeFirst) {
  auto of = healthy();
  of.cores.quota = 1;
  of.hostfile.emplace();
  of.hostfile->name = "hosts";
  const auto found = diagnose(of);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_TRUE(found[0].problem);
  EXPECT_FALSE(found[1].problem);
}

TEST(Report, AHostIsBoundIfAllItsRanksAre) {
  const std::vector some{rank_on(0, "a"), rank_on(1, "a", {1}), rank_on(2, "b", {0}), rank_on(3, "b", {1})};
  const auto hosts = by_host(some);
  ASSERT_EQ(hosts.size(), 2U);
  EXPECT_FALSE(hosts[0].bound);
  EXPECT_TRUE(hosts[1].bound);
}

TEST(Report, OneTableOfAllRanks) {
  const auto of = job({rank_on(0, "a"), rank_on(1, "a"), rank_on(2, "host-b", {1}), rank_on(3, "host-b", {2})});
  const auto text = text_report(of, diagnose(of));
  EXPECT_NE(text.find("a       0-1         2      4  none\n"), std::string::npos) << text;
  EXPECT_NE(text.find("host-b  2-3         2      2  to CPUs 1-2\n"), std::string::npos) << text;
  EXPECT_NE(text.find("problem: each of the ranks 2-3 on host-b is tied to one core"), std::string::npos) << text;
  EXPECT_NE(text_report(healthy(), {}).find("No problems found."), std::string::npos);
}

TEST(Report, Json) {
  auto of = job({rank_on(0, "a"), rank_on(1, "b", {3})});
  of.hostfile.emplace();
  of.hostfile->name = "h\xff";
  of.hostfile->hosts = {good_host("a", 4)};
  const auto json = nlohmann::json::parse(json_report(of, diagnose(of)));
  EXPECT_EQ(json.at("mpi"), "Open MPI 4.1.4");
  EXPECT_EQ(json.at("launcher"), "mpirun");
  EXPECT_EQ(json.at("size"), 2);
  EXPECT_EQ(json.at("hosts").at(1).at("cpus"), nlohmann::json({3}));
  EXPECT_EQ(json.at("slurm"), nullptr);
  EXPECT_EQ(json.at("hostfile").at("hosts").at(0).at("slots"), 4);
  EXPECT_FALSE(json.at("findings").empty());
}

TEST(Report, OfASlurmJob) {
  auto of = healthy();
  auto& slurm = of.given.slurm.emplace();
  slurm.id = "17";
  slurm.nodes = {{"node1", 2, 4}, {"node2", 2, 4}};
  of.end = of.now + 90min;
  const auto text = text_report(of, {});
  EXPECT_NE(text.find("no launcher, in Slurm job 17"), std::string::npos) << text;
  EXPECT_NE(text.find("2 (node[1-2]), 4 slots"), std::string::npos) << text;
  EXPECT_NE(text.find("in 1 h 30 min"), std::string::npos) << text;
  const auto json = nlohmann::json::parse(json_report(of, {}));
  EXPECT_EQ(json.at("slurm").at("job"), "17");
  EXPECT_EQ(json.at("slurm").at("end"), 1'800'005'400);
}

TEST(Program, RunsAndIsEnded) {
  const auto fine = run_program("echo out; echo err >&2; exit 3", 10s);
  EXPECT_EQ(fine.status, 3);
  EXPECT_FALSE(fine.timed_out);
  EXPECT_EQ(fine.output, "out\nerr\n");
  const auto begin = std::chrono::steady_clock::now();
  const auto hangs = run_program("echo begun; sleep 600 | cat", 1s);
  EXPECT_TRUE(hangs.timed_out);
  EXPECT_EQ(hangs.output, "begun\n");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 300s);
  EXPECT_EQ(run_program("kill -9 $$", 10s).status, 137);
  EXPECT_EQ(run_program("cat", 10s).status, 0) << "its input is empty";
  EXPECT_EQ(run_program("yes | head -c 1000000", 10s).output.size(), 65536U);
}

TEST(Program, FirstWords) {
  EXPECT_EQ(first_words("\n-----\n  \nmpirun says\nmore\n"), "mpirun says");
  EXPECT_EQ(first_words(""), "");
  EXPECT_EQ(first_words(std::string(500, 'x')).size(), 163U);
}

TEST(InfoOptions, AllOfThem) {
  const auto read = [](std::vector<const char*> words) {
    words.insert(words.begin(), "cohort-info");
    return read_options(static_cast<int>(words.size()), words.data());
  };
  EXPECT_EQ(std::get<options>(read({})), options{});
  const auto all =
      std::get<options>(read({"--json", "--quick", "--hostfile", "h", "--ssh", "ssh -F x", "--timeout", "3"}));
  EXPECT_EQ(all, (options{true, true, "h", "ssh -F x", 3}));
  EXPECT_EQ(std::get<early_exit>(read({"--help"})).status, 0);
  EXPECT_EQ(std::get<early_exit>(read({"--version"})).text.rfind("cohort-info ", 0), 0U);
  for (const auto& wrong :
       std::vector<std::vector<const char*>>{{"x"}, {"--timeout", "0"}, {"--hostfile", ""}, {"--no"}}) {
    const auto result = read(wrong);
    ASSERT_TRUE(std::holds_alternative<early_exit>(result)) << wrong[0];
    EXPECT_EQ(std::get<early_exit>(result).status, 2) << wrong[0];
  }
}

}  // namespace
