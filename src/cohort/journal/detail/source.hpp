#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

namespace cohort::journal::detail {

/// Bytes that a journal is read from.
class source {
 public:
  source() = default;
  source(const source&) = delete;
  source& operator=(const source&) = delete;
  virtual ~source() = default;

  /// Reads into all of `to`, but for what lies behind the end: how many bytes that were. Throws journal_error.
  virtual std::size_t read(std::uint64_t at, std::span<std::byte> to) = 0;
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  /// For messages.
  [[nodiscard]] const std::string& name() const noexcept { return name_; }

 protected:
  source(std::uint64_t size, std::string name) : size_{size}, name_{std::move(name)} {}

 private:
  std::uint64_t size_;
  std::string name_;
};

/// A file, as long as it is now. Borrows the descriptor.
class file_source final : public source {
 public:
  /// Throws journal_error if it is no regular file.
  file_source(int fd, const std::string& name);
  std::size_t read(std::uint64_t at, std::span<std::byte> to) override;

 private:
  int fd_;
};

/// Bytes in memory.
class memory_source final : public source {
 public:
  memory_source(std::span<const std::byte> bytes, std::string name)
      : source{bytes.size(), std::move(name)}, bytes_{bytes} {}
  std::size_t read(std::uint64_t at, std::span<std::byte> to) override;

 private:
  std::span<const std::byte> bytes_;
};

}  // namespace cohort::journal::detail
