#include <cohort/collective/bcast.hpp>
#include <cohort/core/host_name.hpp>
#include <cohort/pattern/crew/drain_runner.hpp>
#include <cohort/pattern/crew/gang/seat_runner.hpp>
#include <cohort/pattern/crew/group_runner.hpp>
#include <cohort/pattern/crew/left_behind.hpp>
#include <cohort/pattern/crew/serve.hpp>
#include <cohort/pattern/detail/farm_settings.hpp>
#include <cohort/pattern/detail/farm_work.hpp>
#include <cohort/pattern/detail/surviving.hpp>
#include <cohort/serial/pack.hpp>

#include <fmt/format.h>

#include <chrono>
#include <string>
#include <thread>
#include <utility>
#include <vector>

/// The half of a farm's run that is not the root's.
namespace cohort::detail {

using namespace std::chrono_literals;

namespace {

/// The jobs of a rank of a fault-tolerant farm, and what the root says of the whole in the end.
class told_runner final : public crew::runner {
 public:
  explicit told_runner(crew::runner& inner) : inner_{inner} {}
  [[nodiscard]] std::uint32_t slots() const override { return inner_.slots(); }
  void accept(crew::job what, std::span<const std::byte> payload) override { inner_.accept(what, payload); }
  void stop(crew::job what) override { inner_.stop(what); }
  std::vector<crew::job> give_back(std::size_t most) override { return inner_.give_back(most); }
  void message(std::span<const std::byte> text) override { told = serial::unpack<farm_report>(text); }
  void collect(std::vector<crew::report>& out, dispatch::duration patience) override {
    inner_.collect(out, patience);
  }
  [[nodiscard]] std::size_t unfinished() const override { return inner_.unfinished(); }

  farm_report told;

 private:
  crew::runner& inner_;
};

/// No collective call may follow the start: the report comes with the root's last letter.
farm_report serve_and_survive(const crew::levels& ranks, crew::runner& watched, crew::seat_runner& jobs) {
  told_runner runner{watched};
  try {
    crew::serve(ranks.top(), runner, ranks.root(), host_name(), {}, survival_of(true));
  } catch (...) {
    if (jobs.unfinished() != 0) jobs.leave_behind();  // nobody waits for them any more
    throw;
  }
  return runner.told;
}

}  // namespace

farm_report farm_serve(const crew::levels& ranks, farm_rank&& mine, const farm_options& options) {
  crew::seat_runner runner{mine.watch.watched(std::move(mine.work)), options.threads, options.timeout > 0ns,
                           std::move(mine.place)};
  crew::drain_runner told{runner, mine.watch};
  const bool to_survive = survives(options.fault_tolerant);
  farm_report report;
  if (to_survive) {
    report = serve_and_survive(ranks, told, runner);
  } else if (ranks.leads()) {
    auto settings = settings_of(options);
    settings.ordered = false;  // the root sees to it
    crew::group_runner group{ranks.group(), told, settings, host_name()};
    crew::serve(ranks.top(), group, ranks.root_of_top(), host_name());
    group.dismiss();
  } else {
    const bool below = ranks.two();
    crew::serve(below ? ranks.group() : ranks.top(), told, below ? 0 : ranks.root(), host_name());
  }
  const auto left = runner.unfinished();
  if (left != 0) runner.leave_behind();
  if (ranks.two()) all_leftovers(ranks, left);
  if (!to_survive) ranks.all().bcast(report, {.root = ranks.root()});
  std::string inside;
  if (options.ranks > 1) ranks.all().bcast(inside, {.root = ranks.root()});
  if (!inside.empty()) {
    // Some ranks are in a call of MPI that never returns. The root says why, and that is the end of the job unless
    // it catches it: mpirun may hang or crash if ranks abort, or end MPI, at the same moment.
    std::this_thread::sleep_for(3s);
    if (left != 0) throw error{inside};
  }
  if (left != 0 && !report.drained()) {  // else the task is told as one that is left
    throw crew::still_running("farm", fmt::format("rank {}", ranks.all().rank()), left, options.grace);
  }
  return report;
}

}  // namespace cohort::detail
