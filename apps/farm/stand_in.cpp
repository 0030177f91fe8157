#include "farm/stand_in.hpp"

#include <cohort/core/communicator.hpp>
#include <cohort/process/spawn.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

namespace cohort_farm::stand_in {
namespace {

constexpr int own = 3;  ///< arguments

}  // namespace

std::optional<role> take_role(int& argc, char** argv) {
  if (argc <= own || argv[1] != argument) return std::nullopt;
  const role result{std::atoi(argv[2]), std::string_view{argv[3]} == "limited"};
  std::copy(argv + own + 1, argv + argc + 1, argv + 1);  // the null at the end, too
  argc -= own;
  return result;
}

replacements::starter starter::of(bool limited) const {
  const auto program = std::filesystem::read_symlink("/proc/self/exe").string();
  return [program, limited, given = arguments_](const replacements::place& where) {
    std::vector<std::string> arguments{std::string{argument}, std::to_string(where.rank),
                                       limited ? "limited" : "unlimited"};
    arguments.insert(arguments.end(), given.begin(), given.end());
    const cohort::communicator self{MPI_COMM_SELF, cohort::ownership::borrow};
    // A name alone stands for one slot in a Slurm job, which the ranks that live there have.
    const auto host = where.host + ":" + std::to_string(where.ranks);
    return cohort::spawn(self, program, arguments, 1, {.info = {{"host", host}}});
  };
}

}  // namespace cohort_farm::stand_in
