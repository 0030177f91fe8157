#include "fibonacci/compute.hpp"

#include <cohort/collective.hpp>
#include <cohort/core/error.hpp>
#include <cohort/p2p.hpp>

#include "fibonacci/share_out.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <functional>
#include <thread>

namespace fibonacci {
namespace {

constexpr int root = 0;

double wall_clock() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double processor_clock() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// Joins each rank's `text` on the root: one string per rank. In slices, since one message ends at 2 GiB and a few
/// terms are longer than that.
std::vector<std::string> gather_texts(const cohort::communicator& world, std::string_view text) {
  constexpr std::size_t slice = std::size_t{1} << 26;
  const auto lengths = world.allgather(text.size());
  const auto longest = *std::max_element(lengths.begin(), lengths.end());
  std::vector<std::string> texts;
  if (world.rank() == root) {
    texts.resize(lengths.size());
    for (std::size_t r = 0; r != texts.size(); ++r) texts[r].reserve(lengths[r]);
  }
  for (std::size_t at = 0; at < longest; at += slice) {
    const auto slices = world.gatherv(text.substr(std::min(at, text.size()), slice), {.root = root});
    for (std::size_t r = 0; r != texts.size(); ++r) {
      const auto piece = slices.from(static_cast<int>(r));
      texts[r].append(piece.begin(), piece.end());
    }
  }
  return texts;
}

/// Each term's value within the texts: they lie there in the order of `terms`.
std::vector<std::string_view> cut(const std::vector<std::string>& texts, const std::vector<summary>& terms,
                                  const std::vector<std::size_t>& counts) {
  std::vector<std::string_view> values;
  values.reserve(terms.size());
  for (std::size_t r = 0; r != texts.size(); ++r) {
    std::string_view rest = texts[r];
    for (std::size_t i = 0; i != counts[r]; ++i) {
      const auto length = static_cast<std::size_t>(terms[values.size()].digits);
      values.push_back(rest.substr(0, length));
      rest.remove_prefix(length);
    }
  }
  return values;
}

}  // namespace

results compute_together(const cohort::communicator& world, const std::vector<std::uint64_t>& distinct, bool full) {
  shares dealt;
  if (world.rank() == root) dealt = share_out(distinct, world.size());
  world.barrier();
  const double begin = wall_clock();

  const auto mine = world.scatterv(dealt.terms, dealt.counts, {.root = root});
  const double busy_since = processor_clock();
  std::vector<summary> computed;
  std::string text;
  if (full) {
    std::uint64_t digits = 0;
    for (const auto n : mine) digits += expected_digits(n) + 1;
    text.reserve(digits);
  }
  for (const auto n : mine) {
    auto [about, value] = evaluate(n, full);
    computed.push_back(about);
    text += value;
  }
  const double busy = processor_clock() - busy_since;

  const auto [terms, counts] = world.gatherv(computed, {.root = root});
  results all;
  if (full) all.texts = gather_texts(world, text);
  const double wall = wall_clock() - begin;
  const auto processor = world.reduce(busy, std::plus{}, {.root = root});
  if (world.rank() != root) return {};
  all.terms = terms;
  if (full) all.values = cut(all.texts, all.terms, counts);
  all.time = {.ranks = world.size(), .wall = wall, .processor = *processor};
  return all;
}

void compute_alone(const cohort::communicator& world, results& together, bool full) {
  if (world.rank() != root) {
    // A blocking receive would spin on a core that the root may be sharing.
    while (!world.iprobe({.source = root})) std::this_thread::sleep_for(std::chrono::milliseconds{1});
    [[maybe_unused]] const auto done = world.recv<char>({.source = root});
    return;
  }
  const double begin = wall_clock();
  for (std::size_t i = 0; i != together.terms.size(); ++i) {
    const auto& expected = together.terms[i];
    const auto again = evaluate(expected.n, full);
    if (again.about != expected || (full && again.value != together.values[i])) {
      throw cohort::error{
          fmt::format("F({}) differs between two computations (the memory or a processor of this "
                      "cluster is at fault); do not trust the results",
                      expected.n)};
    }
  }
  together.time.alone = wall_clock() - begin;
  for (int r = 0; r != world.size(); ++r) {
    if (r != root) world.send('.', {.dest = r});
  }
}

}  // namespace fibonacci
