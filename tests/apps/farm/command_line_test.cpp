#include "farm/command_line.hpp"

#include "farm/environment.hpp"
#include "farm_test_support.hpp"

#include <algorithm>

namespace {

using namespace cohort_farm;
using farm_test::scratch;

TEST(CommandLine, PlainWordsNeedNoShell) {
  for (const auto* line : {"/bin/true", "sleep 1", "  ls\t-l  --color=never  ",
                           "./run.sh x=1 a,b 50% me@host 1+1 c:d", "true", "python3 -m this"}) {
    EXPECT_TRUE(only_words(line)) << line;
  }
}

TEST(CommandLine, WhenInDoubtTheShell) {
  for (const auto* line :
       {"",         "  ",      "echo hi",   "cd /",    "exit 3",    "export A=1",    "A=1 ls",     "ls | wc",
        "ls > x",   "ls < x",  "ls;ls",     "ls &",    "ls *",      "ls a?",         "ls [ab]",    "ls 'a'",
        "ls \"a\"", "ls \\a",  "ls $HOME",  "ls `x`",  "ls ~",      "ls ~/x",        "# ls",       "ls # x",
        "ls #x",    "! true",  "if true",   "while x", ". file",    ": x",           "[ a",        "test a",
        "printf x", "kill 1",  "ulimit -n", "eval ls", "exec ls",   "set -e",        "{ ls",       "ls {a,b}",
        "(ls)",     "time ls", "-x",        "ls\a",    "l\xC3\xA9", "ls \xC2\xA0 x", "ls ^x",      "source x",
        "trap x",   "for x",   "case x",    "pwd",     "wait",      "type ls",       "command ls", "=x"}) {
    EXPECT_FALSE(only_words(line)) << line;
  }
}

TEST(CommandLine, SplitsWords) {
  command_parser parser{"/usr/bin:/bin"};
  const auto found = parser.parse("  sleep \t 1  2 ");
  EXPECT_FALSE(found.by_shell);
  EXPECT_TRUE(found.program == "/usr/bin/sleep" || found.program == "/bin/sleep") << found.program;
  EXPECT_EQ(found.arguments, (std::vector<std::string>{"sleep", "1", "2"}));
  EXPECT_EQ(parser.parse("/bin/sleep 1").program, "/bin/sleep");
}

TEST(CommandLine, TheShellGetsTheWholeLine) {
  command_parser parser{"/usr/bin:/bin"};
  const auto shell = parser.parse("  sleep 1; exit 2 ");
  EXPECT_TRUE(shell.by_shell);
  EXPECT_EQ(shell.program, "/bin/sh");
  EXPECT_EQ(shell.arguments, (std::vector<std::string>{"/bin/sh", "-c", "  sleep 1; exit 2 "}));
  EXPECT_TRUE(parser.parse("no-such-program").by_shell);
  EXPECT_TRUE(parser.parse("/no/such/program").by_shell);
  EXPECT_TRUE(parser.parse("/tmp").by_shell) << "a directory";
  EXPECT_TRUE(command_parser{""}.parse("sleep 1").by_shell);
  EXPECT_TRUE(command_parser{"relative:/bin"}.parse("sleep 1").by_shell);
  EXPECT_TRUE(command_parser{":/bin"}.parse("sleep 1").by_shell);
}

TEST(Environment, KnowsWhatBelongsToARank) {
  for (const auto* variable :
       {"OMPI_COMM_WORLD_RANK=1", "OMPI_UNIVERSE_SIZE=2", "OMPI_MCA_ess_base_vpid=0", "OMPI_MCA_orte_hnp_uri=x",
        "OMPI_MCA_pmix=^s1", "PMIX_RANK=0", "PMIX_SERVER_URI2=x", "PMI_RANK=1", "PRTE_MCA_ess=x", "SLURM_PROCID=1",
        "SLURM_STEP_ID=0", "SLURM_STEPID=0", "SLURM_PMIX_MAPPING_SERV=x", "OMPI_COMMAND=x", "OMPI_FIRST_RANKS=0",
        "PMIX_MCA_mca_base_component_show_load_errors=1"}) {
    EXPECT_TRUE(belongs_to_rank(variable)) << variable;
  }
  for (const auto* variable :
       {"OMPI_MCA_btl=self,tcp", "OMPI_MCA_hwloc_base_binding_policy=none", "OMPI_ALLOW_RUN_AS_ROOT=1",
        "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1", "PMIX_MCA_gds=hash", "SLURM_JOB_ID=5", "SLURM_NTASKS=4",
        "SLURM_JOB_NODELIST=a", "PATH=/bin", "HOME=/root", "PRTE_ALLOW_RUN_AS_ROOT=1", "OMPI_CXX=clang++"}) {
    EXPECT_FALSE(belongs_to_rank(variable)) << variable;
  }
}

TEST(Environment, ChangesAFewEntries) {
  const char* const base[] = {"A=1", "PMIX_RANK=2", "PARALLEL_SEQ=old", "B=", nullptr};
  child_environment environment{base, 7};
  const auto list = [&](const child_environment::task& what) {
    std::vector<std::string> all;
    for (auto* const* at = environment.for_task(what); *at != nullptr; ++at) all.emplace_back(*at);
    std::sort(all.begin(), all.end());
    return all;
  };
  EXPECT_EQ(list({12, 3, 1}),
            (std::vector<std::string>{"A=1", "B=", "COHORT_ATTEMPT=1", "COHORT_RANK=7", "COHORT_TASK=12",
                                      "PARALLEL_JOBSLOT=3", "PARALLEL_SEQ=12"}));
  EXPECT_EQ(list({1234567890123, 1, 2})[6], "PARALLEL_SEQ=1234567890123");
  EXPECT_EQ(child_environment(nullptr, 0).for_task({})[5], nullptr);
}

}  // namespace
