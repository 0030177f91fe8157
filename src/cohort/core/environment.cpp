#include <cohort/core/detail/forbid_mpi.hpp>
#include <cohort/core/detail/loss.hpp>
#include <cohort/core/detail/waiting.hpp>
#include <cohort/core/detail/watch.hpp>
#include <cohort/core/environment.hpp>
#include <cohort/core/exception_text.hpp>
#include <cohort/core/host_name.hpp>

#include <fmt/format.h>
#include <mpi.h>

#include <array>
#include <atomic>
#include <bit>
#include <cstdlib>
#include <exception>
#include <unistd.h>

namespace cohort {
namespace {

std::string where_am_i() {
  int rank = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  return fmt::format("rank {} on {}", rank, host_name());
}

/// One write(2), so that lines of several ranks do not mix.
void print(const std::string& line) {
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

std::string describe_current_exception() {
  try {
    std::rethrow_exception(std::current_exception());
  } catch (const told_exception& e) {
    return e.told();
  } catch (...) {
    const auto text = current_exception_text();
    return fmt::format("{}: {}", text.type, text.message);
  }
}

/// By MPI_Abort.
const char* what_ends() {
  return detail::losses_expected() ? "this rank ends, and the job if it cannot go on without"
                                   : "the job is aborted";
}

/// The handler that was in force before ours, for the time after MPI.
std::atomic<std::terminate_handler> previous_terminate{nullptr};

/// Why this process must not use MPI; null: it may.
std::atomic<const char*> forbidden{nullptr};

[[noreturn]] void on_terminate() {
  if (detail::mpi_begun()) {
    const auto what = std::current_exception() ? fmt::format("uncaught {}", describe_current_exception())
                                               : std::string{"std::terminate was called"};
    print(fmt::format("cohort: {}: {}; {}\n", where_am_i(), what, what_ends()));
    detail::tell_end(1);
    environment::abort(1);
  }
  if (const auto handler = previous_terminate.load()) handler();
  std::abort();
}

/// Runs at exit if an environment was left by an exception: the other ranks must not wait for this one.
void abort_at_exit() {
  if (!detail::mpi_begun()) return;
  print(fmt::format(
      "cohort: {}: an exception has left the environment (the other ranks may still wait for this one); {}\n",
      where_am_i(), what_ends()));
  detail::tell_end(1);
  if (detail::loss_noted()) {  // MPI_Abort would end nobody but this rank
    (void)std::fflush(nullptr);
    ::_exit(1);
  }
  environment::abort(1);
}

/// Equal on ranks whose plain types have the same bytes.
std::array<long, 2> architecture() {
  const long signature = (std::endian::native == std::endian::little ? 1 : 2) + 16 * long{sizeof(long)} +
                         1024 * long{sizeof(long double)} + 65536 * long{sizeof(wchar_t)};
  return {signature, -signature};
}

}  // namespace

void detail::forbid_mpi(const char* why) noexcept {
  forbidden = why;
}

const char* to_string(thread_level level) noexcept {
  switch (level) {
    case thread_level::single:
      return "single";
    case thread_level::funneled:
      return "funneled";
    case thread_level::serialized:
      return "serialized";
    case thread_level::multiple:
      return "multiple";
  }
  return "unknown";
}

static thread_level from_mpi(int level) noexcept {
  if (level >= MPI_THREAD_MULTIPLE) return thread_level::multiple;
  if (level >= MPI_THREAD_SERIALIZED) return thread_level::serialized;
  return level >= MPI_THREAD_FUNNELED ? thread_level::funneled : thread_level::single;
}

static int to_mpi(thread_level level) noexcept {
  constexpr std::array levels{MPI_THREAD_SINGLE, MPI_THREAD_FUNNELED, MPI_THREAD_SERIALIZED, MPI_THREAD_MULTIPLE};
  return levels[static_cast<std::size_t>(level)];
}

environment::environment(environment_options options) : environment{nullptr, nullptr, options} {}

thread_level current_threads() {
  int provided = MPI_THREAD_SINGLE;
  MPI_Query_thread(&provided);
  return from_mpi(provided);
}

environment::environment(int& argc, char**& argv, environment_options options)
    : environment{&argc, &argv, options} {}

environment::environment(int* argc, char*** argv, environment_options options)
    : requested_{options.threads}, exceptions_{std::uncaught_exceptions()} {
  if (const auto* const why = forbidden.load()) throw error{why};
  int initialized = 0;
  int finalized = 0;
  MPI_Initialized(&initialized);
  MPI_Finalized(&finalized);
  if (finalized != 0) {
    throw error{
        "environment: MPI has already ended (it cannot be initialised twice); make one environment, in main"};
  }
  int provided = MPI_THREAD_SINGLE;
  if (initialized == 0) {
    if (const int code = MPI_Init_thread(argc, argv, to_mpi(options.threads), &provided); code != MPI_SUCCESS) {
      detail::throw_mpi_error(code, {.routine = "MPI_Init_thread", .where = call_site::current()});
    }
    owns_ = true;
  } else {
    MPI_Query_thread(&provided);
  }
  granted_ = from_mpi(provided);
  host_ = host_name();
  world_ = communicator{MPI_COMM_WORLD, ownership::duplicate};
  if (std::get_terminate() != &on_terminate) previous_terminate = std::set_terminate(&on_terminate);

  const auto asked = detail::read_watch_settings(options.watchdog, options.watchdog_abort);
  const auto [signature, negative] = architecture();
  const std::array<long, 4> mine{signature, negative, asked.milliseconds, asked.abort ? 1 : 0};
  std::array<long, 4> highest{};
  MPI_Allreduce(mine.data(), highest.data(), 4, MPI_LONG, MPI_MAX, world_.native());
  if (highest[0] != -highest[1]) {
    throw error{
        fmt::format("{}: the ranks run on different architectures (plain types travel as bytes); "
                    "start the job on hosts of one kind",
                    where_am_i())};
  }
  if (highest[2] != 0) {
    const auto& world = detail::access::state(world_, "environment", call_site::current());
    detail::start_watching(world, {highest[2], highest[3] != 0}, host_);
  }
}

environment::~environment() {
  if (std::uncaught_exceptions() > exceptions_) {
    std::atexit(&abort_at_exit);
    return;
  }
  const bool ends = owns_ && detail::mpi_begun();
  const bool alone = detail::loss_noted();
  {
    // The others' messages may still come; and nobody leaves MPI_Finalize before all have come.
    const auto busy =
        ends && !alone ? detail::wait_scope{detail::access::state(world_, "finalize", {}), "finalize", call_site{}}
                       : detail::wait_scope{};
    world_ = {};
    if (ends) detail::end_mpi();
  }
  detail::stop_watching(!owns_ || detail::loss_noted());
}

void environment::require_threads(thread_level level, call_site where) const {
  if (granted_ >= level) return;
  throw error{fmt::format("thread level {} is needed at {}:{} (MPI granted {}); {}", to_string(level), where.file,
                          where.line, to_string(granted_),
                          owns_ ? "make the environment with {.threads = ...} of that level"
                                : "initialise MPI with that level, or let cohort::environment initialise it")};
}

void environment::abort(int status) {
  MPI_Abort(MPI_COMM_WORLD, status);
  std::_Exit(status);  // MPI_Abort returns in a few odd set-ups
}

}  // namespace cohort
