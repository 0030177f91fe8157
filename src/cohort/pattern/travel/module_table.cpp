#include <cohort/collective/allgather.hpp>
#include <cohort/collective/bcast.hpp>
#include <cohort/core/error.hpp>
#include <cohort/core/host_name.hpp>
#include <cohort/pattern/travel/module_table.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <elf.h>
#include <link.h>
#include <pthread.h>
#include <span>
#include <string_view>
#include <unistd.h>
#include <utility>

namespace cohort::travel {
namespace {

/// FNV-1a (Fowler, Noll, Vo), eight bytes at a step.
std::uint64_t fnv(std::span<const unsigned char> bytes, std::uint64_t hash = 0xcbf29ce484222325U) {
  while (bytes.size() >= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), 8);
    hash = (hash ^ word) * 0x100000001b3U;
    hash ^= hash >> 32U;
    bytes = bytes.subspan(8);
  }
  for (const auto byte : bytes) hash = (hash ^ byte) * 0x100000001b3U;
  return hash;
}

std::span<const unsigned char> segment(const dl_phdr_info& info, const ElfW(Phdr) & header) {
  // The loader gives addresses as numbers. NOLINTNEXTLINE(performance-no-int-to-ptr)
  return {reinterpret_cast<const unsigned char*>(info.dlpi_addr + header.p_vaddr), header.p_memsz};
}

/// The build-id among the notes of a segment; empty if it is not there.
std::span<const unsigned char> build_id(std::span<const unsigned char> notes) {
  const auto padded = [](std::size_t n) { return (n + 3) / 4 * 4; };
  while (notes.size() >= sizeof(ElfW(Nhdr))) {
    ElfW(Nhdr) head;
    std::memcpy(&head, notes.data(), sizeof head);
    notes = notes.subspan(sizeof head);
    const auto name = padded(head.n_namesz);
    if (name + padded(head.n_descsz) > notes.size()) break;
    if (head.n_type == NT_GNU_BUILD_ID && head.n_namesz == 4 && std::memcmp(notes.data(), "GNU", 4) == 0)
      return notes.subspan(name, head.n_descsz);
    notes = notes.subspan(name + padded(head.n_descsz));
  }
  return {};
}

std::uint64_t fingerprint(const dl_phdr_info& info) {
  const std::span headers{info.dlpi_phdr, info.dlpi_phnum};
  for (const auto& header : headers) {
    if (header.p_type != PT_NOTE) continue;
    if (const auto id = build_id(segment(info, header)); !id.empty()) return fnv(id);
  }
  std::uint64_t hash = fnv({});
  for (const auto& header : headers) {
    if (header.p_type == PT_LOAD && (header.p_flags & PF_X) != 0 && (header.p_flags & PF_R) != 0)
      hash = fnv(segment(info, header), hash);
  }
  return hash;
}

struct bounds {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
  [[nodiscard]] bool contain(std::uintptr_t word) const noexcept { return begin <= word && word < end; }
};

bounds this_stack() noexcept {
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return {};
  void* lowest = nullptr;
  std::size_t size = 0;
  pthread_attr_getstack(&attributes, &lowest, &size);
  pthread_attr_destroy(&attributes);
  const auto begin = reinterpret_cast<std::uintptr_t>(lowest);
  return {begin, begin + size};
}

}  // namespace

std::vector<module_table::module> module_table::loaded() {
  std::vector<module> result;
  dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* out) {
        auto& list = *static_cast<std::vector<module>*>(out);
        const std::string_view path{info->dlpi_name != nullptr ? info->dlpi_name : ""};
        if (!list.empty() && (path.empty() || path.substr(0, 10) == "linux-vdso")) return 0;
        module found;
        found.base = info->dlpi_addr;
        found.begin = ~std::uintptr_t{0};
        for (const auto& header : std::span{info->dlpi_phdr, info->dlpi_phnum}) {
          if (header.p_type != PT_LOAD) continue;
          found.begin = std::min(found.begin, info->dlpi_addr + header.p_vaddr);
          found.end = std::max(found.end, info->dlpi_addr + header.p_vaddr + header.p_memsz);
        }
        if (found.end == 0) return 0;
        found.who.name = list.empty() ? "the executable" : path.substr(path.rfind('/') + 1);
        found.who.fingerprint = fingerprint(*info);
        list.push_back(std::move(found));
        return 0;
      },
      &result);
  return result;
}

void module_table::find(const std::vector<identity>& wanted) {
  const auto here = loaded();
  for (const auto& who : wanted) {
    const auto same = std::find_if(here.begin(), here.end(), [&](const module& m) {
      return m.who.name == who.name && m.who.fingerprint == who.fingerprint;
    });
    if (same != here.end()) {
      modules_.push_back(*same);
    } else {
      modules_.push_back({who, 0, 0, 0});
    }
  }
}

std::vector<module_table::identity> module_table::identities() const {
  std::vector<identity> result;
  for (const auto& m : modules_) result.push_back(m.who);
  return result;
}

module_table::module_table(const std::vector<identity>& wanted) {
  find(wanted);
}

module_table::module_table(const communicator& comm, int root) {
  std::vector<identity> wanted;
  if (comm.rank() == root) {
    for (const auto& m : loaded()) wanted.push_back(m.who);
  }
  comm.bcast(wanted, {.root = root});
  find(wanted);
  const bool differs = modules_.empty() || modules_.front().end == 0;
  const auto all = comm.allgather(differs);
  if (const auto first = std::find(all.begin(), all.end(), true); first != all.end()) {
    throw error{
        fmt::format("executor: rank {} runs another build of the program than rank {} (functions are known by "
                    "their place in it); "
                    "start the same executable on every node",
                    first - all.begin(), root)};
  }
}

function_key module_table::key(const void* function) const {
  const auto at = reinterpret_cast<std::uintptr_t>(function);
  for (std::size_t m = 0; m != modules_.size(); ++m) {
    const auto& in = modules_[m];
    if (at >= in.begin && at < in.end) return {m, at - in.base};
  }
  throw argument_error{
      "executor: a function is in no module that was loaded when the executor began (it was made or loaded later); "
      "load "
      "the library that holds it before run_executor"};
}

const void* module_table::address(function_key key) const {
  if (key.module() >= modules_.size() || modules_[key.module()].end == 0) {
    throw error{fmt::format(
        "executor: a function of {} cannot run on {} (that library is not loaded there, or is another build of "
        "it); "
        "install the same libraries on every node, and load them before run_executor",
        key.module() < modules_.size() ? modules_[key.module()].who.name : "an unknown module", host_name())};
  }
  // NOLINTNEXTLINE(performance-no-int-to-ptr)
  return reinterpret_cast<const void*>(modules_[key.module()].base + key.offset());
}

bool module_table::looks_local(std::uintptr_t word) const noexcept {
  if (word < 4096) return false;
  static thread_local const bounds stack = this_stack();
  if (stack.contain(word)) return true;
  // The heap's main area follows the executable's data, at a random distance below the libraries.
  const auto top = reinterpret_cast<std::uintptr_t>(sbrk(0));
  if (!modules_.empty() && bounds{modules_.front().end, top}.contain(word)) return true;
  return std::any_of(modules_.begin(), modules_.end(), [&](const module& m) {
    return bounds{m.begin, m.end}.contain(word);
  });
}

}  // namespace cohort::travel
