// Checksums, fingerprints, and what bytes mean.

#include <cohort/journal/detail/crc32c.hpp>
#include <cohort/journal/detail/format.hpp>

#include "journal_test_support.hpp"

#include <string>

namespace {

using namespace journal_test;
using namespace cohort::journal::detail;

TEST(JournalFormat, ChecksumIsCrc32c) {
  EXPECT_EQ(crc32c(bytes_of("")), 0U);
  EXPECT_EQ(crc32c(bytes_of("123456789")), 0xe3069283U);            // the check value of its definition
  EXPECT_EQ(crc32c(bytes_of(std::string(32, '\0'))), 0x8a9136aaU);  // RFC 3720, B.4
  EXPECT_EQ(crc32c(bytes_of("3456789"), crc32c(bytes_of("12"))), 0xe3069283U);
}

TEST(JournalFormat, FingerprintIsMurmur3) {
  EXPECT_EQ(to_string(journal::fingerprint{}.with("hello")), "5b1e906a48ae1d19cbd8a7b341bd9b02");
  EXPECT_EQ(to_string(journal::fingerprint{}.with("The quick brown fox jumps over the lazy dog")),
            "7a433ca9c49a9347e34bbc7bbc071b6c");
}

TEST(JournalFormat, FingerprintCountsParts) {
  const journal::fingerprint none;
  EXPECT_EQ(none.with("a").with("b"), none.with("a").with("b"));
  EXPECT_NE(none.with("ab").with("c"), none.with("a").with("bc"));
  EXPECT_NE(none.with("a").with("b"), none.with("b").with("a"));
  EXPECT_NE(none.with("a"), none.with("a").with(""));
  EXPECT_NE(none.with(1).with(2), none.with(2).with(1));
}

TEST(JournalFormat, ARecordIsOneOnlyInItsFile) {
  std::vector<std::byte> bytes;
  encode_record(bytes, 7, 64, 3, 48, bytes_of("text"));
  EXPECT_EQ(bytes.size(), head_bytes + 8);
  const auto first = std::span<const std::byte>{bytes}.first<head_bytes>();
  const auto head = decode_head(first, 7);
  EXPECT_TRUE(head.has_value());
  if (!head) return;
  EXPECT_EQ(head->kind, 3U);
  EXPECT_EQ(head->length, 4U);
  EXPECT_EQ(head->offset, 64U);
  EXPECT_EQ(head->committed, 48U);
  EXPECT_TRUE(is_right(*head, std::span<const std::byte>{bytes}.subspan(head_bytes)));
  EXPECT_FALSE(decode_head(first, 8).has_value());
}

TEST(JournalFormat, WhatNoWriterWritesIsNotBelieved) {
  const auto accepted = [](std::uint32_t kind, std::uint64_t committed) {
    std::vector<std::byte> bytes;
    encode_record(bytes, 7, 64, kind, committed, {});
    return decode_head(std::span<const std::byte>{bytes}.first<head_bytes>(), 7).has_value();
  };
  EXPECT_TRUE(accepted(1, 64));
  EXPECT_TRUE(accepted(mark_kind, 64));
  EXPECT_FALSE(accepted(0, 64));
  EXPECT_FALSE(accepted(mark_kind + 1, 64));
  EXPECT_FALSE(accepted(1, 65));
}

}  // namespace
