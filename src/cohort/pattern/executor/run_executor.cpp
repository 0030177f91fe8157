#include <cohort/collective/bcast.hpp>
#include <cohort/core/detail/loss.hpp>
#include <cohort/core/environment.hpp>
#include <cohort/core/host_name.hpp>
#include <cohort/pattern/crew/gang/thread_needs.hpp>
#include <cohort/pattern/crew/serve.hpp>
#include <cohort/pattern/detail/surviving.hpp>
#include <cohort/pattern/executor/detail/executor_core.hpp>
#include <cohort/pattern/executor/detail/store_writer.hpp>
#include <cohort/pattern/executor/run_executor.hpp>
#include <cohort/pattern/rank_error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

namespace cohort {

executor::executor(detail::executor_core& core) : submission{core, {}}, core_{core} {}

executor_report executor::statistics() const {
  return core_.statistics();
}

void executor::limit_rate(const std::string& queue, double per_second, std::uint32_t burst) {
  core_.limit_rate(queue, per_second, burst);
}

bool executor::draining() const {
  return core_.draining();
}

std::vector<std::string> executor::not_run() const {
  return core_.not_run();
}

void executor::before_end(std::function<void()> what) {
  core_.at_end(std::move(what));
}

detail::data_name executor::add_shared(detail::node_block&& block) {
  return core_.data().add(std::move(block));
}

void executor::end_shared(detail::data_name what) {
  core_.unshare(what);
}

namespace detail {
namespace {

using namespace std::chrono_literals;

void check(const communicator& comm, const executor_options& options, const call_site& where) {
  const char* fault = nullptr;
  if (options.grace < 0ns) fault = "grace is negative (it is a length of time); pass zero for none";
  if (options.node_size < 0) fault = "node_size is negative (it is a number of ranks); pass 0 for all of a node";
  if (fault == nullptr) fault = fault_of(options.drain);
  if (fault == nullptr) return;
  throw argument_error{
      fmt::format("run_executor on rank {} (called at {}:{}): {}", comm.rank(), where.file, where.line, fault)};
}

queue_names checked_queues(const communicator& comm, const executor_options& options, const call_site& where) {
  try {
    return {options.queues, comm.size()};
  } catch (const argument_error& e) {
    throw argument_error{fmt::format("run_executor on rank {} (called at {}:{}): {}", comm.rank(), where.file,
                                     where.line, e.what())};
  }
}

/// Every rank begins when all are ready.
void initialize(const communicator& comm, const executor_options& options, kept_state& state,
                const call_site& where) {
  if (!options.initializer && !options.state) return;
  std::optional<rank_failure> failure;
  const char* during = "initializer";
  try {
    if (options.initializer) options.initializer();
    during = "making of its state";
    state.make();
  } catch (...) {
    failure = describe_rank_failure(comm, "run_executor", during);
  }
  throw_any_rank_error(comm, failure, where);
}

/// What a rank's tasks find data in, for as long as this object lives.
struct data_service {
  data_service(const communicator& comm, const executor_options& options, int root,
               const std::shared_ptr<rank_services>& services, std::shared_ptr<kept_state> state) {
    std::uint64_t run = comm.rank() == root ? new_run() : 0;
    comm.bcast(run, {.root = root});
    std::shared_ptr<data_home> home;
    if (comm.rank() == root) {
      mine = std::make_shared<data_root>(run, root, services->host(), options.node_size);
      home = mine;
    } else {
      auto others = std::make_shared<data_rank>(
          // Theirs, not the other way round.
          [to = services.get()](const data_note& what, std::span<const std::byte> body) {
            to->say_data(what, body);
          });
      services->fetch_by(others);
      home = std::move(others);
    }
    services->use(std::move(state), home);
    found_here = enrolled{run, std::move(home)};
  }
  std::shared_ptr<data_root> mine;  ///< on the root
  enrolled found_here;
};

/// On the root; throws on every rank what the root finds wrong with the file.
template <class Writer, class... Args>
std::shared_ptr<Writer> open_on_root(const communicator& comm, int root, const Args&... args) {
  std::shared_ptr<Writer> made;
  std::string wrong;
  if (comm.rank() == root) {
    try {
      made = std::make_shared<Writer>(args...);
    } catch (const std::exception& e) {
      wrong = e.what();
    }
  }
  comm.bcast(wrong, {.root = root});
  if (!wrong.empty()) throw error{wrong};
  return made;
}

std::shared_ptr<store_writer> open_store(const communicator& comm, const executor_options& options, int root) {
  if (options.store.empty()) return nullptr;
  return open_on_root<store_writer>(comm, root, options.store, options.store_expires);
}

/// The same of the journal.
std::shared_ptr<executor_journal> open_journal(const communicator& comm, const executor_options& options,
                                               int root) {
  if (options.journal.empty()) return nullptr;
  return open_on_root<executor_journal>(comm, root, options.journal);
}

/// The root's life. Returns what every rank returns.
int lead(const communicator& comm, const std::shared_ptr<rank_services>& services,
         const std::function<int(executor&)>& body, const executor_options& options, const crew::drain_watch& watch,
         bool gangs, const std::shared_ptr<store_writer>& store, const std::shared_ptr<executor_journal>& journal,
         const data_service& data, const crew::survival& losses, std::string& inside, std::exception_ptr& thrown) {
  executor_core core{comm,  services, options, watch, current_threads() >= thread_level::serialized,
                     gangs, store,    journal, losses};
  core.use(data.mine);
  int status = 1;
  try {
    executor pool{core};
    status = body(pool);
  } catch (const drained_error&) {
    status = resume_status;  // what runs is waited for, as if the body had returned
  } catch (...) {
    thrown = std::current_exception();
  }
  try {
    if (thrown == nullptr) core.shut_down(false, status);
  } catch (...) {
    thrown = std::current_exception();
  }
  if (thrown != nullptr) {
    core.shut_down(true, 1);  // the others must be let go before anybody hears of it
    status = 1;
  }
  inside = core.left_inside();
  if (!inside.empty()) {
    inside = crew::with_cause(std::move(inside), thrown);
    thrown = std::make_exception_ptr(error{inside});
    status = 1;
  }
  const auto close = [&](const auto& file) {
    try {
      if (file) file->close();
    } catch (...) {
      if (thrown == nullptr) thrown = std::current_exception();
      status = 1;
    }
  };
  close(store);
  close(journal);
  if (thrown == nullptr) {
    core.tell_rest();
    status = core.status_with_rest(status);
  }
  return status;
}

/// Returns whether tasks are left behind that have not returned.
bool follow(const communicator& comm, const std::shared_ptr<rank_services>& services,
            const executor_options& options, const crew::drain_watch& watch, int root,
            const crew::survival& losses) {
  const bool helps = current_threads() >= thread_level::serialized;
  task_runner runner{services, options.threads, helps, watch};
  crew::drain_runner told{runner, watch};
  try {
    const auto left = helps ? crew::serve_and_help(comm, told, root, host_name(), losses)
                            : crew::serve(comm, told, root, host_name(), {}, losses);
    if (left != 0) runner.leave_behind();
    return left != 0;
  } catch (const crew::root_lost&) {
    if (runner.unfinished() != 0) runner.leave_behind();  // nobody waits for what runs here
    throw;
  }
}

}  // namespace

std::shared_ptr<guard_process> start_guard(const executor_options& options) {
  if (mpi_begun()) return nullptr;  // MPI has threads and shared memory, which a fork would tear apart
  const auto patience = std::min<std::chrono::nanoseconds>(1s, options.grace / 2);
  return std::make_shared<guard_process>(std::make_shared<exception_types>(options.exceptions), options.state,
                                         patience, options.drain.signals);
}

int run_executor(const communicator& comm, const std::function<int(executor&)>& body,
                 const executor_options& options, int root, const call_site& where,
                 std::shared_ptr<guard_process> guard) {
  check_root("run_executor", access::state(comm, "run_executor", where), root, where);
  check(comm, options, where);
  auto queues = checked_queues(comm, options, where);
  const auto watch = crew::drain_watch::of(options.drain);
  const auto losses = survival_of(survives(options.fault_tolerant));
  if (losses.on) begin_to_survive("run_executor", comm.rank() == root, where);
  const auto lane = comm.duplicate(where);
  auto state = std::make_shared<kept_state>(options.state);
  initialize(lane, options, *state, where);
  const auto store = open_store(lane, options, root);
  const auto journal = open_journal(lane, options, root);
  const auto services = std::make_shared<rank_services>(
      comm.rank(), comm.size(), host_name(),
      static_cast<std::size_t>(comm.size()) * std::max<std::size_t>(options.threads, 1),
      std::make_shared<travel::module_table>(lane, root), std::make_shared<exception_types>(options.exceptions),
      std::move(queues));
  if (guard) guard->heed(watch.signals);
  services->use(std::move(guard));
  const data_service data{lane, options, root, services, std::move(state)};
  // A member of a task that is lost would keep the others in MPI for ever.
  const bool gangs = !losses.on && crew::all_multiple(lane, where);
  if (losses.on) services->survive();
  if (gangs) services->use(std::make_shared<crew::seat_desk>(lane));
  int status = 1;
  bool left = false;
  std::string inside;
  std::exception_ptr thrown;
  if (comm.rank() == root) {
    if (losses.on) all_have_met();
    status = lead(lane, services, body, options, watch, gangs, store, journal, data, losses, inside, thrown);
  } else {
    left = follow(lane, services, options, watch, root, losses);
    status = services->status();
  }
  // Where ranks may be lost it came with the root's last word.
  if (!losses.on) lane.bcast(status, {.root = root});
  if (gangs) lane.bcast(inside, {.root = root});
  if (thrown) std::rethrow_exception(thrown);
  if (!inside.empty()) {
    // Some ranks are in a call of MPI that never returns, so MPI cannot end. The root says why, and that is the end
    // of the job, unless it catches it: mpirun may hang or crash if ranks abort, or end MPI, at the same moment.
    std::this_thread::sleep_for(3s);
    if (left) throw error{inside};
  }
  return status;
}

}  // namespace detail
}  // namespace cohort
