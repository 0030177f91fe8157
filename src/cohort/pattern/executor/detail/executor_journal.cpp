#include <cohort/journal/detail/little_endian.hpp>
#include <cohort/pattern/executor/detail/executor_journal.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <dlfcn.h>

namespace cohort::detail {
namespace {

/// A record: the task's name, 16 bytes, and the packed result.
constexpr std::uint32_t result_kind = 1;
constexpr std::size_t name_bytes = 16;

/// A function that is told apart by its address alone: by its symbol if the program exports it (as with -rdynamic);
/// otherwise by its place in this build of the program.
journal::fingerprint with_function(const journal::fingerprint& before, travel::function_key key,
                                   const travel::module_table& modules) {
  const auto* const address = modules.address(key);
  Dl_info found{};
  if (::dladdr(address, &found) != 0 && found.dli_sname != nullptr && found.dli_saddr == address)
    return before.with(std::string_view{found.dli_sname});
  return before.with(modules.identities().at(key.module()).fingerprint).with(key.offset());
}

}  // namespace

executor_journal::executor_journal(const std::string& file)
    : writer_{file, journal::fingerprint{}.with("cohort::executor"), [this](const journal::record& found) {
                if (found.kind != result_kind || found.bytes.size() < name_bytes) return;
                const auto* const name = found.bytes.data();
                recorded_[{journal::detail::get_u64(name), journal::detail::get_u64(name + 8)}] = found.offset;
              }} {}

std::optional<std::vector<std::byte>> executor_journal::find(const task_frame& task,
                                                             const travel::module_table& modules,
                                                             future_core& core) {
  const std::lock_guard lock{mutex_};
  const auto pair = name_of(task, modules, core.type());
  const auto name = pair.with(submitted_[pair]++);
  const auto found = recorded_.find(name);
  if (found == recorded_.end()) {
    core.recorded_as = owned<const journal::fingerprint>::make(name);
    return std::nullopt;
  }
  std::vector<std::byte> bytes;
  try {
    bytes = writer_.fetch(found->second);
  } catch (const std::exception&) {
    if (!failure_) failure_ = std::current_exception();
    return std::nullopt;
  }
  bytes.erase(bytes.begin(), bytes.begin() + name_bytes);
  ++reused_;
  return bytes;
}

journal::fingerprint executor_journal::name_of(const task_frame& task, const travel::module_table& modules,
                                               const std::type_info& result) {
  auto name = name_of_call(*task.call).with(std::string_view{result.name()});
  std::span<const std::byte> bytes{task.bytes.data(), task.bytes.size()};
  if (task.by_pointer) {
    travel::function_key key;
    std::memcpy(&key, bytes.data(), sizeof key);
    bytes = bytes.subspan(sizeof key);
    name = with_function(name, key, modules);
  }
  return name.with(bytes);
}

/// Lambdas of functions that are local to their files may have one name. The first one has it.
journal::fingerprint executor_journal::name_of_call(const std::type_info& call) {
  if (const auto known = calls_.find(&call); known != calls_.end()) return known->second;
  auto name = journal::fingerprint{}.with(std::string_view{call.name()});
  for (;;) {
    const auto [at, fresh] = names_.try_emplace(name, &call);
    if (fresh || *at->second == call) break;
    name = name.with("another");
  }
  calls_.emplace(&call, name);
  return name;
}

void executor_journal::record(const future_core& core, std::span<const std::byte> result) noexcept {
  const std::lock_guard lock{mutex_};
  if (failure_ || result.size() > journal::most_bytes - name_bytes) return;
  try {
    std::vector<std::byte> bytes(name_bytes + result.size());
    journal::detail::put_u64(bytes.data(), core.recorded_as->low);
    journal::detail::put_u64(bytes.data() + 8, core.recorded_as->high);
    std::copy(result.begin(), result.end(), bytes.begin() + name_bytes);
    writer_.append(result_kind, bytes);
  } catch (const std::exception& e) {
    failure_ = std::current_exception();
    (void)std::fprintf(stderr, "cohort: executor: %s; the tasks go on, but what ends from now on is not recorded\n",
                       e.what());
  }
}

void executor_journal::close() {
  const std::lock_guard lock{mutex_};
  if (failure_) std::rethrow_exception(failure_);
  writer_.close();
}

std::uint64_t executor_journal::reused() const {
  const std::lock_guard lock{mutex_};
  return reused_;
}

}  // namespace cohort::detail
