#include <cohort/collective/bcast.hpp>
#include <cohort/core/detail/payload.hpp>
#include <cohort/core/mpi_error.hpp>
#include <cohort/pattern/crew/clock.hpp>
#include <cohort/pattern/divide/detail/run.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <thread>
#include <utility>

namespace cohort::detail {
namespace {

constexpr std::int64_t between_looks = 100'000;  // nanoseconds
constexpr int longest_stride = 256;

const communicator& checked(const communicator& comm, const divide_options& options, const call_site& where) {
  check_root("divide_and_conquer", access::state(comm, "divide_and_conquer", where), options.root, where);
  if (options.cutoff.count() < 0) {
    throw_argument_error("divide_and_conquer", comm.rank(),
                         "cutoff is {} ns (it is a time that problems take); pass 0 for none",
                         static_cast<long long>(options.cutoff.count()), where);
  }
  if (options.deepest < 0) {
    throw_argument_error("divide_and_conquer", comm.rank(),
                         "deepest is {} (it is a depth); pass 0 to keep all on the root", options.deepest, where);
  }
  return comm;
}

constexpr std::array names{"own work", "divisible", "split", "solve", "merge", "sending", "receiving"};

}  // namespace

divide_run::divide_run(const communicator& comm, const divide_options& options, call_site where)
    : options_{options},
      mail_{checked(comm, options, where), options.root, options.seed, where},
      costs_{std::min<std::int64_t>(options.cutoff.count(), divide_costs::unknown / 2)},
      looked_{now()},
      comm_{comm},
      where_{where},
      glanced_{looked_} {}

std::int64_t divide_run::now() noexcept {
  return crew::now().count();
}

bool divide_run::clock_says_due() noexcept {
  const auto time = now();
  const auto took = time - std::exchange(glanced_, time);
  if (took < between_looks / 4) {
    stride_ = std::min(2 * stride_, longest_stride);
  } else if (took > between_looks) {
    stride_ = static_cast<int>(std::clamp<std::int64_t>(stride_ * between_looks / (2 * took), 1, stride_));
  }
  countdown_ = stride_;
  return time - looked_ >= between_looks;
}

bool divide_run::due_before(std::size_t depth) noexcept {
  if (costs_.expected(depth) < between_looks) return false;
  return costs_.expected(depth) == divide_costs::unknown || now() - looked_ >= between_looks / 4;
}

void divide_run::become_idle() {
  if (idle_since_ != 0) return;
  idle_since_ = now();
  mail_.begin_asking(idle_since_);
}

void divide_run::become_busy() {
  if (idle_since_ == 0) return;
  share_.idle_seconds += static_cast<double>(now() - std::exchange(idle_since_, 0)) * 1e-9;
  pause_.reset();
}

void divide_run::idle(bool heard) {
  if (mail_.ask(now())) ++share_.asked;
  if (heard) {
    pause_.reset();
  } else if (mail_.moving()) {
    std::this_thread::yield();  // what moves needs both ends awake
  } else {
    pause_.once();
  }
}

void divide_run::fail() {
  exception_ = std::current_exception();
  const auto* const step = names[static_cast<std::size_t>(doing_)];
  failure_ = {
      .what = describe_rank_failure(comm_, "divide_and_conquer", fmt::format("{} at depth {}", step, doing_depth_)),
      .step = step,
      .depth = doing_depth_};
  mail_.fail();
  pause_.reset();
  while (!mail_.ended()) {
    const bool heard = mail_.listen();
    while (mail_.next()) {
    }
    if (heard) {
      pause_.reset();
    } else {
      pause_.once();
    }
  }
}

void divide_run::conclude() {
  become_busy();
  const int failed = mail_.leave(failure_.has_value());
  share_.cutoff_depth = costs_.cutoff_depth();
  if (options_.share != nullptr) *options_.share = share_;
  if (failed < 0) return;
  auto what = comm_.rank() == failed ? failure_.value() : divide_failure{};
  if (comm_.size() > 1) mail_.lane().bcast(what, {.root = failed}, where_);
  if (comm_.rank() != failed) throw divide_error{std::move(what)};
  try {
    std::rethrow_exception(exception_);
  } catch (...) {
    std::throw_with_nested(divide_error{std::move(what)});
  }
}

}  // namespace cohort::detail
