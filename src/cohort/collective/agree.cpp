#include <cohort/collective/detail/agree.hpp>
#include <cohort/core/detail/loss.hpp>
#include <cohort/core/error.hpp>

#include <fmt/format.h>
#include <mpi.h>

#include <algorithm>
#include <array>
#include <string>
#include <type_traits>
#include <vector>

namespace cohort::detail {
namespace {

/// Text of at most N - 1 characters, the end of a longer one.
template <std::size_t N>
struct short_text {
  std::array<char, N> text{};
  short_text() = default;
  explicit short_text(std::string_view from) {
    if (from.size() >= N) from.remove_prefix(from.size() - (N - 1));
    std::copy(from.begin(), from.end(), text.begin());
  }
  [[nodiscard]] std::string_view view() const { return text.data(); }
  friend bool operator==(const short_text&, const short_text&) = default;
};

/// One rank's call, as it travels.
struct call {
  std::int64_t count = terms::any_count;
  std::uint64_t element = 0;
  std::uint64_t op = 0;
  int root = terms::no_root;
  int line = 0;
  short_text<32> operation;
  short_text<40> element_name;
  short_text<56> op_name;
  short_text<56> file;

  [[nodiscard]] std::string place() const { return fmt::format("{}:{}", file.view(), line); }
};
static_assert(std::is_trivially_copyable_v<call>);

std::string elements(std::int64_t count) {
  if (count == terms::any_count) return "a length found out";
  return fmt::format("{} element{}", count, count == 1 ? "" : "s");
}

/// How `other`, the call of `rank`, differs from rank 0's; empty if it does not.
std::string difference(const call& first, const call& other, int rank) {
  const auto differ = [&](std::string_view has, std::string_view first_has) {
    return fmt::format("rank {} calls {} with {} where rank 0 has {} (called at {} and at {})", rank,
                       other.operation.view(), has, first_has, other.place(), first.place());
  };
  if (other.operation != first.operation) {
    return fmt::format("rank {} calls {} where rank 0 calls {} (called at {} and at {})", rank,
                       other.operation.view(), first.operation.view(), other.place(), first.place());
  }
  if (other.root != first.root) {
    return differ(fmt::format("root {}", other.root), fmt::format("root {}", first.root));
  }
  if (other.element != first.element) {
    return differ(fmt::format("elements of type {}", other.element_name.view()), first.element_name.view());
  }
  if (other.count != first.count) return differ(elements(other.count), elements(first.count));
  if (other.op != first.op) {
    return differ(fmt::format("the operation {}", other.op_name.view()), first.op_name.view());
  }
  return {};
}

call call_of(const char* operation, const terms& about, const type_tag& element, const type_tag& op,
             const call_site& where) {
  call mine;
  mine.count = about.count;
  mine.element = element.hash;
  mine.op = op.hash;
  mine.root = about.root;
  mine.line = where.line;
  mine.operation = short_text<32>{operation};
  mine.element_name = short_text<40>{element.name};
  mine.op_name = short_text<56>{op.name};
  mine.file = short_text<56>{where.file};
  return mine;
}

void judge(const std::vector<call>& all, const char* operation, int rank, const call_site& where) {
  for (std::size_t r = 1; r < all.size(); ++r) {
    if (const auto how = difference(all[0], all[r], static_cast<int>(r)); !how.empty()) {
      throw argument_error{fmt::format("{} on rank {} (called at {}:{}): {}; let every rank make the same call",
                                       operation, rank, where.file, where.line, how)};
    }
  }
}

}  // namespace

void compare_calls(comm_state& state, const char* operation, const terms& about, const type_tag& element,
                   const type_tag& op, const call_site& where) {
  const call mine = call_of(operation, about, element, op, where);
  std::vector<call> all(static_cast<std::size_t>(state.size));
  constexpr int bytes = sizeof(call);
  check(MPI_Allgather(&mine, bytes, MPI_BYTE, all.data(), bytes, MPI_BYTE, state.shadow()), "MPI_Allgather", state,
        where);
  judge(all, operation, state.rank, where);
}

class started_comparison final : public arrival {
 public:
  started_comparison(comm_state& state, const char* operation, const call& mine, const call_site& where)
      : operation_{operation}, rank_{state.rank}, where_{where}, calls_{std::make_unique<calls>()} {
    calls_->mine = mine;
    calls_->all.resize(static_cast<std::size_t>(state.size));
    constexpr int bytes = sizeof(call);
    check(MPI_Iallgather(&calls_->mine, bytes, MPI_BYTE, calls_->all.data(), bytes, MPI_BYTE, state.comm, &raw_),
          "MPI_Iallgather", state, where);
  }
  started_comparison(const started_comparison&) = delete;
  started_comparison& operator=(const started_comparison&) = delete;
  ~started_comparison() override {
    int done = 1;
    if (raw_ != MPI_REQUEST_NULL && mpi_begun()) MPI_Test(&raw_, &done, MPI_STATUS_IGNORE);
    if (done == 0) [[maybe_unused]]
      auto* lost = calls_.release();  // MPI still writes to it
  }
  void hold(owned<arrival> inner) noexcept { inner_ = std::move(inner); }

  bool look(bool wait) override {
    if (raw_ == MPI_REQUEST_NULL) return true;
    int done = 1;
    if (wait) {
      MPI_Wait(&raw_, MPI_STATUS_IGNORE);
    } else {
      MPI_Test(&raw_, &done, MPI_STATUS_IGNORE);
    }
    if (done != 0) judge(calls_->all, operation_, rank_, where_);
    return done != 0;
  }
  void settle(int code, status& info, const operation& what) override {
    look(code != MPI_SUCCESS);  // calls that differ are the likely cause
    if (inner_) inner_->settle(code, info, what);
  }
  void finish() noexcept override {
    if (inner_) inner_->finish();
  }
  void reset() noexcept override {}

 private:
  struct calls {
    call mine;
    std::vector<call> all;
  };
  const char* operation_;
  int rank_;
  call_site where_;
  std::unique_ptr<calls> calls_;
  MPI_Request raw_ = MPI_REQUEST_NULL;
  owned<arrival> inner_;
};

void end_of_comparison::operator()(started_comparison* which) const noexcept {
  delete which;
}

comparison_ptr start_comparison(comm_state& state, const char* operation, const terms& about,
                                const type_tag& element, const type_tag& op, const call_site& where) {
  return comparison_ptr{
      new started_comparison{state, operation, call_of(operation, about, element, op, where), where}};
}

void arrive_with(owned<arrival>& brings, comparison_ptr comparison) noexcept {
  comparison->hold(std::move(brings));
  brings = owned<arrival>{comparison.release()};
}

}  // namespace cohort::detail
