#include <cohort/core/error.hpp>
#include <cohort/pattern/executor/detail/failure_record.hpp>
#include <cohort/pattern/executor/detail/membership.hpp>
#include <cohort/pattern/executor/detail/rank_services.hpp>
#include <cohort/pattern/executor/detail/remote_call.hpp>
#include <cohort/pattern/executor/task_context.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace cohort::detail {

/// A job that runs: can be told to stop as long as this object lives.
class rank_services::running {
 public:
  running(rank_services& of, crew::job job) : of_{of} {
    const std::lock_guard lock{of_.mutex_};
    const std::pair key{job.task, job.attempt};
    place_ = of_.stops_.emplace(key, &stop_).first;
    auto& early = of_.stopped_early_;
    stop_ = std::find(early.begin(), early.end(), key) != early.end();
  }
  running(const running&) = delete;
  running& operator=(const running&) = delete;
  ~running() {
    {
      const std::lock_guard lock{of_.mutex_};
      of_.stops_.erase(place_);
    }
    of_.release_data();
  }
  [[nodiscard]] const std::atomic<bool>& stop() const noexcept { return stop_; }

 private:
  rank_services& of_;
  std::atomic<bool> stop_{false};
  decltype(stops_)::iterator place_;
};

rank_services::rank_services(int rank, int ranks, std::string host, std::size_t slots,
                             std::shared_ptr<const travel::module_table> modules,
                             std::shared_ptr<const exception_types> exceptions, queue_names queues)
    : rank_{rank},
      ranks_{ranks},
      host_{std::move(host)},
      slots_{slots},
      modules_{std::move(modules)},
      // A table of types, not an exception. NOLINTNEXTLINE(bugprone-throw-keyword-missing)
      exceptions_{std::move(exceptions)},
      queues_{std::move(queues)} {}

rank_services::~rank_services() = default;

crew::outcome rank_services::run(crew::job of, std::span<const std::byte> payload) {
  const auto head = take_head<frame_head>(payload);
  const running here_now{*this, of};
  if (head.say_started != 0) {
    const std::lock_guard lock{mutex_};
    if (runner_ != nullptr) runner_->say({crew::report::kind::started, of, {}, {}});
  }
  // Somebody waits for the tasks that a task submits, and holds a thread meanwhile: they go first.
  task_context here{*this, {.priority = head.priority + 1}};
  here.rank_ = rank_;
  here.host_ = &host_;
  here.task_ = head.number;
  here.attempt_ = of.attempt;
  here.stop_ = &here_now.stop();
  here.state_ = state_.get();
  membership mine{desk_.get()};
  here.membership_ = head.guarded != 0 ? nullptr : &mine;
  const bool seated = head.members != 0;
  crew::outcome made;
  if (seated) {
    const auto gang = take_head<crew::job>(payload);
    here.attempt_ = gang.attempt;
  }
  try {
    if (seated && !take_seat(mine, of, here_now.stop())) return made;  // called off: nobody looks at it
    if (head.guarded != 0) return run_guarded(here, head.invoker, payload);
    const auto call = reinterpret_cast<invoker>(const_cast<void*>(modules_->address(head.invoker)));
    const auto begun = clock::now();
    made.payload.resize(sizeof(std::int64_t));
    call(here, payload, made.payload, *modules_);
    const std::int64_t took = (clock::now() - begun).count();
    std::memcpy(made.payload.data(), &took, sizeof took);
    made.success = true;
    if (seated && mine.ranks().rank() != 0) made.payload.resize(sizeof took);  // the leader's result counts
    if (!seated) calls_.learn(head.invoker.bits(), std::chrono::nanoseconds{took});
  } catch (...) {
    made.payload.clear();
    append_packed(made.payload, record_failure(here));
  }
  tell_unasked();
  return made;
}

bool rank_services::run_own(const frame_head& head, std::span<const std::byte> frame, std::vector<std::byte>& out) {
  static constexpr std::atomic<bool> never{false};
  if (!own_) {
    own_.reset(new task_context{*this, {.priority = 1}});
    own_->rank_ = rank_;
    own_->host_ = &host_;
    own_->stop_ = &never;
    own_->state_ = state_.get();
  }
  own_->task_ = head.number;
  struct presence {
    explicit presence(rank_services& services) : of{services} { of.own_runs_ = true; }
    presence(const presence&) = delete;
    presence& operator=(const presence&) = delete;
    ~presence() {
      of.own_runs_ = false;
      of.release_data();
    }
    rank_services& of;
  };
  const presence here_now{*this};
  const auto before = out.size();
  try {
    const auto call = reinterpret_cast<invoker>(const_cast<void*>(modules_->address(head.invoker)));
    call(*own_, frame, out, *modules_);
    return true;
  } catch (...) {
    out.resize(before);
    append_packed(out, record_failure(*own_));
    return false;
  }
}

bool rank_services::take_seat(membership& mine, crew::job seat, const std::atomic<bool>& stop) {
  if (!desk_) throw_no_threads("a task of several ranks");
  auto comm = desk_->take(seat, stop, [&](std::vector<std::byte>&& note) {
    const std::lock_guard lock{mutex_};
    if (runner_ != nullptr) runner_->say({crew::report::kind::note, seat, {}, std::move(note)});
  });
  if (!comm) return false;
  mine.join(std::move(*comm));
  return true;
}

bool rank_services::expects_brief(std::span<const std::byte> payload) const {
  const auto head = take_head<frame_head>(payload);
  return head.say_started == 0 && head.guarded == 0 && head.members == 0 && calls_.expects(head.invoker.bits());
}

void rank_services::use(std::shared_ptr<guard_process> guard) {
  guard_ = std::move(guard);
  if (guard_) guard_->set_up({rank_, host_, modules_->identities()});
}

crew::outcome rank_services::run_guarded(const task_context& here, travel::function_key function,
                                         std::span<const std::byte> frame) {
  if (guard_) return guard_->run(here, function, frame);
  throw error{"executor: a guarded task cannot run on this rank (it was started without a helper process)"};
}

void rank_services::use(std::shared_ptr<kept_state> state, std::shared_ptr<data_home> data) {
  state_ = std::move(state);
  data_ = std::move(data);
}

void rank_services::say_data(const data_note& what, std::span<const std::byte> body) {
  data_letter letter{{}, what};
  letter.head.what = nested_note::kind::data;
  const std::lock_guard lock{mutex_};
  post(with_head(letter, body));
}

void rank_services::release_data() {
  if (data_ == nullptr || !data_->may_be_quiet()) return;
  {
    const std::lock_guard lock{mutex_};
    if (!stops_.empty() || own_runs_) return;
  }
  // A task that begins now finds nothing of what has been given up.
  data_->quiet();
}

void rank_services::attach(crew::thread_runner* runner) {
  {
    const std::lock_guard lock{mutex_};
    runner_ = runner;
  }
  if (runner == nullptr && remote_data_) remote_data_->close();
}

void rank_services::hear(std::span<const std::byte> text) {
  if (desk_ && desk_->hear(text)) return;
  const auto head = take_head<nested_note>(text);
  if (head.what == nested_note::kind::data) {
    if (remote_data_) remote_data_->hear(text);
    release_data();
    return;
  }
  if (head.what == nested_note::kind::status) {
    status_ = static_cast<int>(head.number);
    return;
  }
  std::shared_ptr<future_core> core;
  {
    const std::lock_guard lock{mutex_};
    const auto found = waited_for_.find(head.number);
    if (found == waited_for_.end()) return;
    core = std::move(found->second);
    waited_for_.erase(found);
    if (core->ended()) return;
    if (head.what == nested_note::kind::succeeded) {
      core->succeed(text);
    } else {
      auto record = serial::unpack<failure_record>(text);
      core->fail({std::move(record.failure), std::move(record.exception), exceptions_, nullptr});
    }
    ended(*core);
    remember(core);
  }
  run_callbacks();
  core.reset();
  tell_unasked();
}

void rank_services::request_stop(crew::job of) {
  const std::lock_guard lock{mutex_};
  if (const auto found = stops_.find({of.task, of.attempt}); found != stops_.end()) {
    *found->second = true;
    if (desk_) desk_->stopped();
    return;
  }
  // Perhaps a thread has just taken it, and is about to begin.
  constexpr std::size_t most = 64;
  stopped_early_.emplace_back(of.task, of.attempt);
  if (stopped_early_.size() > most) stopped_early_.pop_front();
}

}  // namespace cohort::detail
