#include <cohort/core/error.hpp>
#include <cohort/core/exception_text.hpp>
#include <cohort/pattern/executor/detail/store_file.hpp>
#include <cohort/pattern/executor/detail/store_types.hpp>
#include <cohort/pattern/executor/result_store.hpp>
#include <cohort/pattern/task_error.hpp>

#include <fmt/format.h>

namespace cohort {
namespace {

stored_task shown(stored_task&& task) {
  task.type = detail::readable_type(task.type);
  return std::move(task);
}

}  // namespace

result_store::result_store(const std::string& file)
    : file_{detail::owned<detail::store_file>::make(file, detail::store_file::opening::existing)} {}
result_store::result_store(result_store&&) noexcept = default;
result_store& result_store::operator=(result_store&&) noexcept = default;
result_store::~result_store() = default;

std::vector<stored_task> result_store::tasks() const {
  std::vector<stored_task> all;
  file_->each([&](detail::store_row&& row) { all.push_back(shown(std::move(row.task))); });
  return all;
}

std::optional<stored_task> result_store::find(const std::string& id) const {
  auto row = file_->find(id);
  if (!row) return std::nullopt;
  return shown(std::move(row->task));
}

std::vector<std::byte> result_store::result(const std::string& id, const std::type_info& type) const {
  auto row = file_->find(id);
  if (!row) {
    throw argument_error{
        fmt::format("result store {}: there is no task {} (never submitted, or forgotten); see "
                    "result_store::tasks for those there are",
                    file_->path(), id)};
  }
  auto& task = row->task;
  if (!has_ended(task.state)) {
    throw error{
        fmt::format("result store {}: task {} has no result yet (it is {}, or was when its program ended); "
                    "look again later, or run it again",
                    file_->path(), id, to_string(task.state))};
  }
  if (task.state == task_state::succeeded) {
    detail::check_stored_type(file_->path(), id, task.type, type);
    return std::move(row->result);
  }
  task_failure why;
  why.type = std::move(task.error_type);
  why.message = std::move(task.error);
  why.host = std::move(task.host);
  why.rank = task.rank;
  why.task = row->number;
  why.attempt = task.attempts == 0 ? 0 : task.attempts - 1;
  why.reason = task.reason;
  if (task.state == task_state::revoked) throw cancelled_error{std::move(why)};
  throw task_error{std::move(why)};
}

void result_store::throw_unreadable(const std::string& id, const char* why) const {
  throw error{
      fmt::format("result store {}: the result of task {} cannot be read ({}); forget it, and run the task "
                  "again",
                  file_->path(), id, why)};
}

bool result_store::forget(const std::string& id) {
  return file_->forget(id);
}

std::size_t result_store::expire(std::chrono::nanoseconds age) {
  return file_->expire(age);
}

}  // namespace cohort
