#pragma once

#include <cohort/core/communicator.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace cohort::travel {

/// Where a function is in the program: in which module (the executable, or a shared library), how far from its
/// beginning. The same on every rank that runs the same binary, wherever the loader has put it there.
class function_key {
 public:
  function_key() = default;
  /// `module`: as the root counts them, 0 is the executable.
  function_key(std::uint64_t module, std::uint64_t offset) noexcept : bits_{module << 48U | offset} {}

  [[nodiscard]] std::size_t module() const noexcept { return static_cast<std::size_t>(bits_ >> 48U); }
  [[nodiscard]] std::uint64_t offset() const noexcept { return bits_ & ((std::uint64_t{1} << 48U) - 1); }
  /// All of it, as a number.
  [[nodiscard]] std::uint64_t bits() const noexcept { return bits_; }

 private:
  std::uint64_t bits_ = 0;
};
static_assert(sizeof(function_key) == 8);

/// The modules of this process, and what the root calls them: turns functions into keys and back.
class module_table {
 public:
  struct identity {
    std::string name;
    std::uint64_t fingerprint = 0;
  };

  /// Collective: compares this rank's modules with the root's, by name and build-id (or, without one, by the bytes
  /// of the code). Throws error, on every rank, if a rank runs another build of the executable: functions could not
  /// be told apart by place. Libraries that differ are only an error when a function of theirs is asked for.
  module_table(const communicator& comm, int root);

  /// The same modules as they are in this process, another that was forked from the same program. Not collective.
  explicit module_table(const std::vector<identity>& wanted);
  /// In the root's order.
  [[nodiscard]] std::vector<identity> identities() const;

  /// Throws argument_error if the address is in no module that was loaded when the table was made.
  [[nodiscard]] function_key key(const void* function) const;
  /// Where the function is in this process. Throws error if this rank has not the module it is in.
  [[nodiscard]] const void* address(function_key key) const;

  /// Whether `word` is an address inside a module, the heap's main area, or the calling thread's stack: a number
  /// that means nothing on another rank.
  [[nodiscard]] bool looks_local(std::uintptr_t word) const noexcept;

 private:
  struct module {
    identity who;
    std::uintptr_t base = 0;  ///< 0: not here
    std::uintptr_t begin = 0;
    std::uintptr_t end = 0;
  };
  static std::vector<module> loaded();
  void find(const std::vector<identity>& wanted);

  std::vector<module> modules_;  ///< in the root's order
};

}  // namespace cohort::travel
