#include <cohort/cluster/detail/number.hpp>
#include <cohort/cluster/verdict.hpp>

#include <filesystem>
#include <fstream>
#include <system_error>

namespace cohort::cluster {

bool leave_verdict(const verdict& what, const variables& environment) {
  const auto path = environment("COHORT_VERDICT");
  if (!path || path->empty()) return false;
  // Written aside, so that nobody reads half of it.
  const auto aside = *path + ".part";
  {
    std::ofstream out{aside, std::ios::trunc};
    out << what.status << ' ' << what.text.substr(0, what.text.find('\n')) << '\n' << std::flush;
    if (!out) return false;
  }
  std::error_code failed;
  std::filesystem::rename(aside, *path, failed);
  return !failed;
}

std::optional<verdict> read_verdict(const std::string& path) {
  std::ifstream in{path};
  std::string line;
  if (!std::getline(in, line)) return std::nullopt;
  std::string_view rest{line};
  const auto status = detail::to_number<int>(detail::take_until(rest, ' '));
  if (!status || *status > 255) return std::nullopt;
  return verdict{*status, std::string{rest}};
}

}  // namespace cohort::cluster
