#include <cohort/cluster/allocation.hpp>
#include <cohort/cluster/cores.hpp>
#include <cohort/cluster/hostfile.hpp>
#include <cohort/cluster/sign_of_life.hpp>

#include "run/errors.hpp"
#include "run/front.hpp"
#include "run/launch.hpp"
#include "run/options.hpp"
#include "run/program.hpp"

#include <fmt/format.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fcntl.h>
#include <string>
#include <unistd.h>
#include <variant>

using namespace cohort_run;

namespace {

void complain(const std::string& what) {
  (void)std::fputs(fmt::format("cohort-run: {}\n", what).c_str(), stderr);
}

/// What is opened later must not take the place of a standard stream that nobody gave us.
void fill_standard_streams() {
  int fd = STDIN_FILENO;
  while (fd >= 0 && fd <= STDERR_FILENO) fd = ::open("/dev/null", O_RDWR);
  if (fd > STDERR_FILENO) ::close(fd);
}

std::string host_name() {
  std::array<char, 256> name{};
  (void)::gethostname(name.data(), name.size() - 1);
  const std::string whole{name.data()};
  return whole.substr(0, whole.find('.'));
}

std::vector<std::string> variable_names() {
  std::vector<std::string> names;
  for (char** each = ::environ; *each != nullptr; ++each) {
    const std::string entry{*each};
    names.push_back(entry.substr(0, entry.find('=')));
  }
  return names;
}

situation look_around(const options& how) {
  situation here;
  here.given = cohort::cluster::find_allocation();
  here.cores = cohort::cluster::find_cores();
  here.this_host = host_name();
  here.variables = variable_names();
  here.environment = cohort::cluster::process_variable;
  here.root = ::geteuid() == 0;
  const cohort::cluster::local_names names{[&](const std::string& name) {
                                             return name == "localhost" || name == here.this_host ||
                                                    name.rfind("127.", 0) == 0;
                                           },
                                           here.this_host};
  if (!how.hostfile.empty()) here.hosts = cohort::cluster::read_hostfile(how.hostfile, names);
  if (!how.hosts.empty()) {
    here.hosts = cohort::cluster::parse_host_list(how.hosts);
    for (auto& each : here.hosts.hosts) {
      if (names.is_this_host(each.name)) each.name = here.this_host;
    }
  }
  return here;
}

/// Where all ranks see it: rank 0 may run on another host, whose file system is ours where we are, but not in /tmp.
std::string verdict_file(const situation& here, bool elsewhere) {
  std::string folder;
  if (elsewhere && ::access(".", W_OK) == 0) {
    std::array<char, 4096> buffer{};
    if (::getcwd(buffer.data(), buffer.size()) != nullptr) folder = buffer.data();
  }
  if (folder.empty()) folder = here.environment("TMPDIR").value_or("/tmp");
  return fmt::format("{}/.cohort-verdict.{}.{}", folder, here.this_host, ::getpid());
}

/// mpirun would say so too; but under --enable-recovery it says nothing, and waits for ever.
void look_for_program(const options& how, const situation& here) {
  const auto& name = how.command.front();
  if (!has_ranks_here(how, here)) return;
  if (const auto why = cannot_start(name, here.environment("PATH"))) {
    throw run_error{fmt::format("{} cannot be started ({}); give its path, or mend PATH", name, *why)};
  }
}

}  // namespace

int main(int argc, char** argv) {
  const auto read = read_options(argc, argv);
  if (const auto* leave = std::get_if<early_exit>(&read)) {
    leave->print();
    return leave->status;
  }
  const auto& how = std::get<options>(read);
  fill_standard_streams();
  std::signal(SIGCHLD, SIG_DFL);  // ignored, which may be inherited, it would keep ends from us
  try {
    const auto here = look_around(how);
    auto what = plan_launch(how, here);
    if (how.dry_run) {
      (void)std::fputs((what.text() + "\n").c_str(), stdout);
      return 0;
    }
    look_for_program(how, here);
    const auto verdict = verdict_file(here, what.elsewhere);
    what.environment.emplace_back("COHORT_VERDICT", verdict);
    cohort::cluster::remove_verdict(verdict);  // of an earlier process of this number
    if (how.fault_tolerant) (void)cohort::cluster::ask_for_signs(verdict);
    return run_launch(what, how.fault_tolerant, verdict);
  } catch (const std::exception& e) {
    complain(e.what());
    return error_status;
  }
}
