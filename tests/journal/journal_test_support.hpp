#pragma once

#include <cohort/journal.hpp>
#include <cohort/journal/detail/scan.hpp>

#include "support/scratch.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

namespace journal_test {

namespace journal = cohort::journal;

using cohort::test::scratch;

inline std::string contents_of(const std::string& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

inline void put(const std::string& file, const std::string& text) {
  std::ofstream{file, std::ios::binary | std::ios::trunc} << text;
}

inline std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span{text.data(), text.size()});
}

inline const journal::fingerprint ours = journal::fingerprint{}.with("ours");

/// A record with what it holds.
struct entry {
  std::uint32_t kind = 0;
  std::string text;
  friend bool operator==(const entry&, const entry&) = default;
};

inline void append(journal::writer& to, const entry& what) {
  to.append(what.kind, bytes_of(what.text));
}

/// Keeps what it is shown.
class collector {
 public:
  journal::visitor visit() {
    return [this](const journal::record& found) {
      seen.push_back({found.kind, {reinterpret_cast<const char*>(found.bytes.data()), found.bytes.size()}});
      ends.push_back(found.offset + journal::detail::head_bytes + journal::detail::padded(found.bytes.size()));
    };
  }
  std::vector<entry> seen;
  std::vector<std::uint64_t> ends;
};

inline std::vector<entry> entries_of(const std::string& file) {
  collector all;
  journal::read(file, ours, all.visit());
  return all.seen;
}

/// Nobody commits but flush() and close().
inline journal::writer_options by_hand(journal::detail::system* through = nullptr) {
  return {.commit_within = std::chrono::hours{24}, .through = through};
}

/// What `call` says when it fails; empty if it does not.
template <class Error = journal::journal_error, class Call>
std::string message_of(Call&& call) {
  try {
    call();
  } catch (const Error& e) {
    return e.what();
  }
  return {};
}

inline void expect_said(const std::string& message, const std::string& part) {
  EXPECT_NE(message.find(part), std::string::npos) << "said: \"" << message << "\"; expected: " << part;
}

}  // namespace journal_test
