#pragma once

#include <cohort/journal/detail/format.hpp>
#include <cohort/journal/detail/source.hpp>
#include <cohort/journal/reader.hpp>

#include <optional>
#include <string>
#include <vector>

namespace cohort::journal::detail {

/// Nothing: the file ends before the header does, as one that was being made when its maker was killed. Throws
/// journal_error for what is no journal, is damaged in its header, of another version, or belongs to another thing
/// than `expected`.
[[nodiscard]] std::optional<file_header> read_header(source& from, const fingerprint* expected);

/// Shows the records. Throws journal_error if the journal is damaged: if there is no whole record where one was
/// known to be on the disk.
[[nodiscard]] contents scan(source& from, const file_header& header, const visitor& show);

/// The payload of the record at `offset`. Throws journal_error if none is there.
[[nodiscard]] std::vector<std::byte> read_record(int fd, const std::string& name, std::uint64_t salt,
                                                 std::uint64_t offset);

}  // namespace cohort::journal::detail
