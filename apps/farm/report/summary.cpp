#include "farm/report/summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace cohort_farm {
namespace {

constexpr std::size_t most_ranks = 16;

double busy_percent(const rank_figures& rank, double seconds) {
  const double possible = seconds * std::max(rank.slots, 1U);
  return possible > 0 ? std::min(100.0, 100.0 * rank.busy / possible) : 0;
}

std::string each_rank(const run_figures& run) {
  std::size_t widest = 4;
  for (const auto& rank : run.ranks) widest = std::max(widest, rank.host.size());
  auto text = fmt::format("{:>6}  {:<{}}  {:>10}  {:>6}\n", "rank", "host", widest, "tasks", "busy");
  for (const auto& rank : run.ranks) {
    text += fmt::format("{:>6}  {:<{}}  {:>10}  {:>5.0f}%\n", rank.rank, rank.host, widest, rank.tasks,
                        busy_percent(rank, run.seconds));
  }
  return text;
}

std::string all_ranks(const run_figures& run) {
  std::vector<std::uint64_t> tasks;
  std::vector<double> busy;
  std::set<std::string> hosts;
  for (const auto& rank : run.ranks) {
    tasks.push_back(rank.tasks);
    busy.push_back(busy_percent(rank, run.seconds));
    hosts.insert(rank.host);
  }
  std::sort(tasks.begin(), tasks.end());
  std::sort(busy.begin(), busy.end());
  const auto middle = run.ranks.size() / 2;
  return fmt::format(
      "  {} ranks on {} {}: tasks {} / {} / {}, busy {:.0f}% / {:.0f}% / {:.0f}% (least / median / most)\n",
      run.ranks.size(), hosts.size(), hosts.size() == 1 ? "host" : "hosts", tasks.front(), tasks[middle],
      tasks.back(), busy.front(), busy[middle], busy.back());
}

}  // namespace

std::string summary(const run_figures& run) {
  const auto ended = run.succeeded + run.failed;
  auto text = fmt::format("cohort-farm: {} of {} tasks done", run.earlier + ended, run.total);
  if (run.earlier_failed != 0) {
    text += fmt::format(" ({} in earlier runs, {} of them failed; --resume-failed runs these again)", run.earlier,
                        run.earlier_failed);
  } else if (run.earlier != 0) {
    text += fmt::format(" ({} in earlier runs)", run.earlier);
  }
  text += fmt::format(", {} failed", run.failed);
  if (run.timed_out != 0) text += fmt::format(" ({} timed out)", run.timed_out);
  if (run.retried != 0) text += fmt::format(", {} retried", run.retried);
  if (run.lost_ranks != 0) {
    text += fmt::format(", lost: {} {}", run.lost_ranks, run.lost_ranks == 1 ? "rank" : "ranks");
    if (run.replaced != 0) text += fmt::format(" ({} replaced)", run.replaced);
    text += fmt::format(", {} {} run again", run.run_again, run.run_again == 1 ? "task" : "tasks");
  }
  if (run.unread != 0) text += fmt::format(", the output of {} not taken", run.unread);
  if (run.not_run() != 0) text += fmt::format(", {} not run", run.not_run());
  const double rate = run.seconds > 0 ? static_cast<double>(ended) / run.seconds : 0;
  text += fmt::format("; {:.1f} s ({:.1f} commands/s)\n", run.seconds, rate);
  if (!run.note.empty()) text += fmt::format("  {}\n", run.note);
  if (run.ranks.empty()) return text;
  return text + (run.ranks.size() > most_ranks ? all_ranks(run) : each_rank(run));
}

}  // namespace cohort_farm
