#include "farm/printer.hpp"

#include "farm/errors.hpp"

#include <fmt/format.h>

#include <utility>

namespace cohort_farm {

void printer::add(printable&& task) {
  queue_.push_back({task.worker, task.of, shelf_.put(std::move(task.how)), task.command, std::move(task.host)});
  pump();
}

void printer::pump(std::chrono::milliseconds most) {
  const auto until = output_writer::clock::now() + most;
  try {
    while (!queue_.empty() && !fetching_.asked) {
      if (writer_.full() && !writer_.flush(until)) break;
      if (!printed_) {
        print_first();
      } else if (!finish_first(until)) {
        break;
      }
    }
    if (writer_.flush(until) && !writer_.reader_gone()) unflushed_ = {};
  } catch (const farm_error& e) {
    problem_ = e.what();
  }
  if (closed()) drop_all();
}

void printer::tally::add(const completion& how) {
  ++tasks;
  if (!how.succeeded()) ++failed;
}

/// Runners that keep outputs for us end with the run; there is no need to tell them.
void printer::drop_all() {
  const auto unflushed = std::exchange(unflushed_, {});
  lost_.tasks += unflushed.tasks;
  lost_.failed += unflushed.failed;
  if (printed_) {
    lost_.add(*std::exchange(printed_, std::nullopt));
    queue_.pop_front();
  }
  for (const auto& each : queue_) lost_.add(each.how.how);
  queue_.clear();
  fetching_ = {};
}

void printer::print_first() {
  auto& first = queue_.front();
  if (first.how.how.where == completion::place::at_runner) {
    if (lost_workers_.count(first.worker) != 0) return drop_first("with");
    ask();
    return;
  }
  if (first.how.how.where == completion::place::unwritten)
    throw farm_error{shelf_.take(shelf::item{first.how}).err};
  printed_ = shelf_.take(std::move(first.how));
  writer_.write(stream::out, as_bytes(std::exchange(printed_->out, {})));
  writer_.write(stream::err, as_bytes(std::exchange(printed_->err, {})));
}

void printer::lose(cohort::dispatch::worker_id worker) {
  lost_workers_.insert(worker);
  if (!queue_.empty() && queue_.front().worker == worker) fetching_.asked = false;
  pump();
}

/// Its output went with the rank that kept it, or cannot be had from there; some of it may have been printed.
void printer::drop_first(std::string_view how_lost) {
  const auto how = shelf_.take(std::move(queue_.front().how));
  const auto printed = fetching_.offset + (fetching_.from == stream::err ? how.out_bytes : 0);
  const auto text = fmt::format(
      "cohort-farm: the output of task {} is lost {} rank {}, which kept it ({} of {} bytes were printed); the "
      "task is not in the log, so that --resume runs it again\n",
      how.seq, how_lost, queue_.front().worker, printed, how.out_bytes + how.err_bytes);
  fetching_ = {};
  queue_.pop_front();
  lost_.add(how);
  writer_.write(stream::err, as_bytes(text));
}

void printer::ask() {
  const auto& first = queue_.front();
  fetching_.asked = true;
  tell_(first.worker, encode(fetch{first.of, fetching_.from, fetching_.offset, largest_chunk}));
}

void printer::receive(const chunk& piece) {
  if (queue_.empty() || !fetching_.asked) return;
  const auto& first = queue_.front();
  if (piece.of.task != first.of.task || piece.of.attempt != first.of.attempt || piece.from != fetching_.from ||
      piece.offset != fetching_.offset) {
    return;
  }
  try {
    fetching_.asked = false;
    writer_.write(piece.from, piece.data);
    fetching_.offset += piece.data.size();
    const auto& how = first.how.how;
    const auto all = fetching_.from == stream::out ? how.out_bytes : how.err_bytes;
    if (fetching_.offset < all && piece.data.empty()) {
      tell_(first.worker, encode(release{first.of}));
      drop_first("by");
      return pump();
    }
    if (fetching_.offset == all && fetching_.from == stream::out && how.err_bytes != 0) {
      fetching_ = {false, stream::err, 0};
    } else if (fetching_.offset == all) {
      tell_(first.worker, encode(release{first.of}));
      fetching_ = {};
      printed_ = shelf_.take(std::move(queue_.front().how));
    }
  } catch (const farm_error& e) {
    problem_ = e.what();
  }
  pump();
}

/// First the output, then that it ended: a task whose output nobody has seen must run again. False: its reader
/// takes its time.
bool printer::finish_first(output_writer::clock::time_point until) {
  const bool recorded = records_.log != nullptr || records_.journal != nullptr;
  if (recorded && !writer_.flush(until)) return false;
  const auto how = *std::exchange(printed_, std::nullopt);
  const auto done = std::move(queue_.front());
  queue_.pop_front();
  if (recorded && !writer_.reader_gone()) {
    record(done, how);
  } else {
    unflushed_.add(how);
  }
  return true;
}

void printer::sync_records() {
  if (!problem_.empty()) return;
  try {
    if (records_.log != nullptr) records_.log->sync();
    if (records_.journal != nullptr) records_.journal->sync();
  } catch (const farm_error& e) {
    problem_ = e.what();
  }
}

void printer::record(const entry& what, const completion& how) {
  if (records_.log != nullptr) {
    records_.log->append({.seq = how.seq,
                          .host = what.host,
                          .start = how.start,
                          .runtime = how.runtime,
                          .sent = 0,
                          .received = how.out_bytes,
                          .exit_value = how.exit_status,
                          .signal = how.signal,
                          .command = what.command});
  }
  if (records_.journal != nullptr) {
    records_.journal->append({.seq = how.seq,
                              .exit_value = how.exit_status,
                              .signal = how.signal,
                              .attempt = how.attempt,
                              .rank = static_cast<std::uint32_t>(what.worker),
                              .start = how.start,
                              .runtime = how.runtime,
                              .out_bytes = how.out_bytes,
                              .err_bytes = how.err_bytes,
                              .host = what.host});
  }
}

}  // namespace cohort_farm
