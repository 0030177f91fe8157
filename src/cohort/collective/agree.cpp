#include <cohort/collective/detail/agree.hpp>
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
  short_text<24> operation;
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

}  // namespace

void compare_calls(comm_state& state, const char* operation, const terms& about, const type_tag& element,
                   const type_tag& op, const call_site& where) {
  call mine;
  mine.count = about.count;
  mine.element = element.hash;
  mine.op = op.hash;
  mine.root = about.root;
  mine.line = where.line;
  mine.operation = short_text<24>{operation};
  mine.element_name = short_text<40>{element.name};
  mine.op_name = short_text<56>{op.name};
  mine.file = short_text<56>{where.file};
  std::vector<call> all(static_cast<std::size_t>(state.size));
  constexpr int bytes = sizeof(call);
  check(MPI_Allgather(&mine, bytes, MPI_BYTE, all.data(), bytes, MPI_BYTE, state.shadow()), "MPI_Allgather", state,
        where);
  for (std::size_t r = 1; r < all.size(); ++r) {
    if (const auto how = difference(all[0], all[r], static_cast<int>(r)); !how.empty()) {
      throw argument_error{fmt::format("{} on rank {} (called at {}:{}): {}; let every rank make the same call",
                                       operation, state.rank, where.file, where.line, how)};
    }
  }
}

}  // namespace cohort::detail
