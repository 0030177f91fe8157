#include <cohort/collective/gather.hpp>
#include <cohort/core/environment.hpp>

#include "info/collect.hpp"
#include "info/diagnosis.hpp"
#include "info/errors.hpp"
#include "info/options.hpp"
#include "info/report.hpp"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>
#include <variant>

using namespace cohort_info;

namespace {

int report(const options& how, const facts& of) {
  const auto found = diagnose(of);
  const auto text = how.json ? json_report(of, found) : text_report(of, found);
  if (std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0) {
    std::perror("cohort-info: the report cannot be written");
    return problems_found;
  }
  const bool problems = std::any_of(found.begin(), found.end(), [](const finding& each) { return each.problem; });
  return problems ? problems_found : 0;
}

/// Without MPI.
int alone(const options& how) {
  auto known = collect(how, true);
  if (!how.hostfile.empty()) known.hostfile = collect_hostfile(how, known);
  return report(how, known);
}

/// As a rank: rank 0 reports for all.
int together(const options& how, int argc, char** argv) {
  const cohort::environment env{argc, argv};
  const auto& world = env.world();
  const bool leads = world.rank() == 0;
  auto known = collect(how, leads);
  known.ranks = world.gather(describe_rank(known, world.rank(), env.host()), {.root = 0});
  if (!leads) return 0;
  if (!how.hostfile.empty()) known.hostfile = collect_hostfile(how, known);
  return report(how, known);
}

bool under_a_launcher() {
  try {
    return cohort::cluster::find_allocation().by != cohort::cluster::launcher::none;
  } catch (const cohort::error&) {
    return false;  // collect() will say so
  }
}

}  // namespace

int main(int argc, char** argv) {
  const auto read = read_options(argc, argv);
  const bool ranked = under_a_launcher();
  if (const auto* leave = std::get_if<early_exit>(&read)) return leave->leave();
  const auto& how = std::get<options>(read);
  return ranked ? together(how, argc, argv) : alone(how);
}
