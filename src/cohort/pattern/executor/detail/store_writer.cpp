#include <cohort/core/exception_text.hpp>
#include <cohort/pattern/executor/detail/store_types.hpp>
#include <cohort/pattern/executor/detail/store_writer.hpp>

#include <fmt/format.h>

#include <random>
#include <utility>

namespace cohort::detail {
namespace {

std::string random_name() {
  std::random_device source;
  return fmt::format("{:08x}{:08x}", source(), source());
}

template <class Change>
void change(const future_core& core, Change&& what) {
  core.kept->writer->change(core.kept, std::forward<Change>(what));
}

}  // namespace

store_writer::store_writer(const std::string& path, std::chrono::nanoseconds expires)
    : run_{random_name()}, file_{path, store_file::opening::make} {
  // What cannot be written is to be known before the first task.
  file_.begin();
  if (expires.count() > 0) file_.expire(expires);
  file_.commit();
  thread_ = std::thread{[this] { work(); }};
}

store_writer::~store_writer() {
  try {
    close();
  } catch (...) {  // whoever wanted to know has called close()
  }
}

void store_writer::close() {
  {
    const std::lock_guard lock{mutex_};
    closing_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
  const std::lock_guard lock{file_mutex_};
  flush();
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

void store_writer::work() {
  std::unique_lock lock{mutex_};
  for (;;) {
    wake_.wait(lock, [this] { return closing_ || uncommitted_ || !queue_.empty(); });
    if (closing_) return;
    wake_.wait_for(lock, interval, [this] { return closing_ || queue_.size() >= most_queued; });
    lock.unlock();
    {
      const std::lock_guard file_lock{file_mutex_};
      flush();
    }
    lock.lock();
  }
}

/// Under file_mutex_.
void store_writer::write_queued() {
  std::vector<std::shared_ptr<kept_task>> tasks;
  std::vector<store_row> rows;
  {
    const std::lock_guard lock{mutex_};
    tasks.swap(queue_);
    rows.reserve(tasks.size());
    for (const auto& each : tasks) {
      each->queued = false;
      // What has ended does not change any more.
      if (has_ended(each->row.task.state)) {
        rows.push_back(std::move(each->row));
      } else {
        rows.push_back(each->row);
      }
    }
  }
  if (rows.empty() || failure_) return;
  file_.begin();
  for (std::size_t i = 0; i != rows.size(); ++i) {
    auto& task = rows[i].task;
    if (task.name.empty()) task.name = name_of(*tasks[i]->function);
    task.id = tasks[i]->id;
    task.run = run_;
    file_.put(rows[i]);
  }
}

/// Under file_mutex_.
void store_writer::flush() noexcept {
  try {
    {
      const std::lock_guard lock{mutex_};
      uncommitted_ = false;
    }
    write_queued();
    file_.commit();
  } catch (...) {
    file_.roll_back();
    if (!failure_) failure_ = std::current_exception();
  }
}

const std::string& store_writer::name_of(const std::type_info& function) {
  const auto [place, is_new] = names_.try_emplace(&function);
  if (is_new) place->second = type_name(function);
  return place->second;
}

std::string store_writer::next_id(std::uint64_t number) const {
  return fmt::format("{}-{:06}", run_, number);
}

template <class Use>
auto store_writer::use_file(Use&& use) {
  const std::lock_guard lock{file_mutex_};
  if (failure_) std::rethrow_exception(failure_);
  try {
    auto result = use();
    {
      const std::lock_guard queue_lock{mutex_};
      uncommitted_ = true;
    }
    wake_.notify_one();
    return result;
  } catch (...) {
    file_.roll_back();
    failure_ = std::current_exception();
    throw;
  }
}

std::optional<store_row> store_writer::find_result(const std::string& id) {
  auto row = use_file([&] {
    write_queued();
    return file_.find(id);
  });
  if (row && row->task.state != task_state::succeeded) row.reset();
  return row;
}

void store_writer::count_reuse(const std::string& id) {
  reused_ += use_file([&] {
    file_.begin();
    file_.count_reuse(id);
    return 1U;
  });
}

bool keep(const keeping& how, const std::type_info& function, future_core& core) {
  auto& writer = *how.writer;
  if (how.reuse) {
    if (const auto found = writer.find_result(how.id)) {
      check_stored_type(writer.path(), how.id, found->task.type, core.type());
      core.succeed(found->result);
      if (core.last_state() != task_state::succeeded) core.failure().raise();
      core.kept = std::make_shared<kept_task>(how.writer, how.id);
      writer.count_reuse(how.id);
      return true;
    }
  }
  const auto number = writer.next_number();
  auto made = std::make_shared<kept_task>(how.writer, how.id.empty() ? writer.next_id(number) : how.id);
  made->function = &function;
  made->row.number = number;
  auto& task = made->row.task;
  task.name = how.name;
  task.type = stored_type(core.type());
  task.submitted = store_file::now();
  core.kept = std::move(made);
  change(core, [](store_row&) {});
  return false;
}

void kept_started(const future_core& core, int rank, const std::string& host) {
  change(core, [&](store_row& row) {
    if (row.task.state == task_state::started) return;  // an attempt that takes long is told of twice
    row.task.state = task_state::started;
    row.task.rank = rank;
    row.task.host = host;
    row.task.started = store_file::now();
    ++row.task.attempts;
  });
}

void kept_retrying(const future_core& core, std::uint32_t attempts) {
  change(core, [&](store_row& row) {
    row.task.state = task_state::retrying;
    row.task.attempts = attempts;
  });
}

void kept_result(const future_core& core, std::span<const std::byte> payload, double seconds) {
  if (core.last_state() != task_state::succeeded) return;
  auto& task = *core.kept;
  // Not to be written before it is known who brought it.
  task.writer->change_later(task, [&](store_row& row) {
    row.result.assign(payload.begin(), payload.end());
    row.task.seconds = seconds;
  });
}

void kept_succeeded(const future_core& core, int rank, const std::string& host, std::uint32_t attempts) {
  if (core.last_state() != task_state::succeeded) return;
  change(core, [&](store_row& row) {
    row.task.state = task_state::succeeded;
    row.task.rank = rank;
    row.task.host = host;
    row.task.attempts = attempts;
    row.task.ended = store_file::now();
  });
}

void kept_ended(const future_core& core) {
  if (core.last_state() == task_state::succeeded) return;
  change(core, [&](store_row& row) {
    const auto& why = core.failure().failure;
    auto& task = row.task;
    if (why.reason == dispatch::end_reason::drained) {  // it has not ended: another run will run it
      task.state = task_state::pending;
      return;
    }
    task.state = core.last_state();
    task.ended = store_file::now();
    task.error_type = why.type;
    task.error = why.message;
    task.reason = why.reason;
    if (core.id == future_core::none) return;  // what it waited for failed, on some rank or other
    task.rank = why.rank;
    task.host = why.host;
    if (task.state == task_state::failed) task.attempts = why.attempt + 1;
  });
}

std::string kept_id(const future_core& core) {
  return core.kept ? core.kept->id : std::string{};
}

}  // namespace cohort::detail
