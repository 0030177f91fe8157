#include <cohort/collective/allreduce.hpp>
#include <cohort/collective/bcast.hpp>
#include <cohort/core/error.hpp>
#include <cohort/core/exception_text.hpp>
#include <cohort/pattern/pipeline/detail/shape.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

namespace cohort::detail {
namespace {

std::string replicas_of(const stage_needs& needs) {
  if (needs.measured) return "automatic";
  return needs.replicas == as_many_as_fit ? "as many as fit" : std::to_string(needs.replicas);
}

std::string text_of(const stage_outline& s, std::size_t number) {
  const auto& n = s.needs;
  return fmt::format("stage {} \"{}\" (replicas {}, threads {}{}{}{}{}{}{})", number, s.name, replicas_of(n),
                     s.threads, n.pinned ? ", one rank" : "", n.ordered ? ", ordered" : "",
                     s.keyed ? ", keyed" : "", n.many ? ", emits" : "",
                     n.loop != 0 ? fmt::format(", loop of {}", n.loop) : "",
                     s.item == nullptr ? "" : fmt::format(", takes {}", cohort::type_name(*s.item)));
}

/// A line for each stage, and one for the options.
std::vector<std::string> lines_of_shape(const std::vector<stage_outline>& stages, const pipeline_options& options) {
  std::vector<std::string> lines;
  lines.reserve(stages.size() + 1);
  for (const auto& s : stages) lines.push_back(text_of(s, lines.size()));
  lines.push_back(fmt::format("window_bytes {}, window_items {}, feedback_items {}", options.window_bytes,
                              options.window_items, options.feedback_items));
  return lines;
}

std::uint64_t sum_of_lines(const std::vector<std::string>& lines) {
  std::uint64_t sum = 1469598103934665603U;  // FNV-1a
  for (const auto& line : lines) {
    for (const char c : line) sum = (sum ^ static_cast<unsigned char>(c)) * 1099511628211U;
    sum = (sum ^ std::uint64_t{0xff}) * 1099511628211U;
  }
  return sum;
}

/// The first line that differs, in words; nothing if none does.
std::string difference(const std::vector<std::string>& first, const std::vector<std::string>& mine, int rank) {
  const auto [theirs, ours] = std::mismatch(first.begin(), first.end(), mine.begin(), mine.end());
  if (ours == mine.end() && theirs == first.end()) return {};
  if (first.size() != mine.size())
    return fmt::format("rank {} has {} stages, rank 0 has {}", rank, mine.size() - 1, first.size() - 1);
  return fmt::format("rank {} has {}, rank 0 has {}", rank, *ours, *theirs);
}

}  // namespace

void agree_on_shape(const communicator& comm, const std::vector<stage_outline>& stages,
                    const pipeline_options& options, const call_site& where) {
  if (comm.size() == 1) return;
  const auto mine = lines_of_shape(stages, options);
  const std::uint64_t sum = sum_of_lines(mine);
  const auto least = comm.allreduce(std::vector<std::uint64_t>{sum, ~sum}, minimum{}, where);
  if (least[0] == ~least[1]) return;
  auto first = mine;
  comm.bcast(first, {.root = 0}, where);
  auto text = difference(first, mine, comm.rank());
  const int odd = comm.allreduce(text.empty() ? comm.size() : comm.rank(), minimum{}, where);
  comm.bcast(text, {.root = odd}, where);
  throw argument_error{
      fmt::format("pipeline on rank {} (called at {}:{}): the ranks do not agree on it (they would wait for each "
                  "other for ever): {}; build the same pipeline with the same options on every rank",
                  comm.rank(), where.file, where.line, text)};
}

}  // namespace cohort::detail
