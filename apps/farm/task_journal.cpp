#include "farm/task_journal.hpp"

#include <cohort/journal/reader.hpp>

#include "farm/errors.hpp"
#include "farm/wire.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <sys/stat.h>
#include <utility>

namespace cohort_farm {
namespace {

namespace journal = cohort::journal;

constexpr std::uint32_t task_end_kind = 1;

/// As it lies in the file, before the host's name. (A journal is read on machines like that on which it was made.)
struct fixed_part {
  std::uint64_t seq;
  std::int32_t exit_value;
  std::int32_t signal;
  std::uint32_t attempt;
  std::uint32_t rank;
  double start;
  double runtime;
  std::uint64_t out_bytes;
  std::uint64_t err_bytes;
};
static_assert(sizeof(fixed_part) == 56);

std::string file_in(const std::string& directory) {
  return directory + "/journal";
}

journal::fingerprint fingerprint_of(const task_list& tasks) {
  auto all = journal::fingerprint{}.with("cohort-farm").with(tasks.size());
  for (std::size_t i = 0; i != tasks.size(); ++i) all = all.with(tasks[i]);
  return all;
}

/// Whatever is wrong with a journal ends the run. `call` opens or reads that of `tasks` in `directory`.
template <class Call>
auto with_farm_errors(const std::string& directory, const task_list& tasks, Call&& call) {
  try {
    return call();
  } catch (const journal::other_owner_error&) {
    throw farm_error{
        fmt::format("the journal {} belongs to another list than {} (or the list was changed); resume with the "
                    "list that the journal was made with, or name a new directory",
                    file_in(directory), tasks.name())};
  } catch (const journal::journal_error& e) {
    throw farm_error{e.what()};
  }
}

journal::visitor into(recorded_ends& ended, const task_list& tasks, const std::string& directory) {
  return [&ended, &tasks, directory](const journal::record& found) {
    if (found.kind != task_end_kind) return;
    auto end = decode_end(found.bytes);
    if (end.seq == 0 || end.seq > tasks.size()) {
      throw format_error{
          fmt::format("the journal {} has an end of task {} at byte {}, but {} has only {} tasks (another program "
                      "wrote to it); name a new directory",
                      file_in(directory), end.seq, found.offset, tasks.name(), tasks.size())};
    }
    const auto seq = end.seq;
    ended.insert_or_assign(seq, std::move(end));
  };
}

void make(const std::string& directory) {
  if (::mkdir(directory.c_str(), 0777) == 0 || errno == EEXIST) return;
  const int error = errno;
  throw farm_error{
      fmt::format("cannot make the directory {} ({}); {}", directory, std::strerror(error),
                  error == ENOENT ? "make the one that it is to lie in first" : "name one where you may write")};
}

}  // namespace

std::vector<std::byte> encode(const recorded_end& what) {
  const fixed_part fixed{what.seq,   what.exit_value, what.signal,    what.attempt,  what.rank,
                         what.start, what.runtime,    what.out_bytes, what.err_bytes};
  std::vector<std::byte> all(sizeof fixed + what.host.size());
  std::memcpy(all.data(), &fixed, sizeof fixed);
  if (!what.host.empty()) std::memcpy(all.data() + sizeof fixed, what.host.data(), what.host.size());
  return all;
}

recorded_end decode_end(std::span<const std::byte> from) {
  fixed_part fixed{};
  if (from.size() < sizeof fixed) {
    throw format_error{
        "the journal has an end of a task that is too short (another version of cohort-farm wrote it); use the "
        "version that made the journal, or name a new directory"};
  }
  std::memcpy(&fixed, from.data(), sizeof fixed);
  return {.seq = fixed.seq,
          .exit_value = fixed.exit_value,
          .signal = fixed.signal,
          .attempt = fixed.attempt,
          .rank = fixed.rank,
          .start = fixed.start,
          .runtime = fixed.runtime,
          .out_bytes = fixed.out_bytes,
          .err_bytes = fixed.err_bytes,
          .host = std::string{as_text(from.subspan(sizeof fixed))}};
}

task_journal task_journal::open(const std::string& directory, const task_list& tasks, bool resume) {
  return with_farm_errors(directory, tasks, [&] {
    make(directory);
    task_journal made;
    const auto file = file_in(directory);
    made.writer_ =
        std::make_unique<journal::writer>(file, fingerprint_of(tasks), into(made.ended_, tasks, directory));
    if (!resume && !made.ended_.empty()) {
      throw farm_error{
          fmt::format("the journal {} has the ends of {} tasks already (of an earlier run); add --resume to run "
                      "the rest, or name a new directory",
                      file, made.ended_.size())};
    }
    return made;
  });
}

recorded_ends task_journal::look(const std::string& directory, const task_list& tasks) {
  return with_farm_errors(directory, tasks, [&] {
    recorded_ends ended;
    struct stat about {};
    if (::stat(file_in(directory).c_str(), &about) != 0 && errno == ENOENT) return ended;
    const auto of = fingerprint_of(tasks);
    static_cast<void>(journal::read(file_in(directory), of, into(ended, tasks, directory)));
    return ended;
  });
}

void task_journal::append(const recorded_end& what) {
  try {
    writer_->append(task_end_kind, encode(what));
  } catch (const journal::journal_error& e) {
    throw farm_error{e.what()};
  }
}

void task_journal::sync() {
  try {
    writer_->flush();
  } catch (const journal::journal_error& e) {
    throw farm_error{e.what()};
  }
}

}  // namespace cohort_farm
