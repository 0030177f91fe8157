#include <cohort/journal/detail/scan.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

namespace cohort::journal::detail {
namespace {

/// Reads a file from front to back, a piece at a time.
class piecewise {
 public:
  explicit piecewise(source& from) : from_{from} {}

  /// Bytes [at, at + n), valid until the next call; fewer if the file ends before. `n` is at most what the file has
  /// from `at` on, so no more memory is taken than the file is long.
  std::span<const std::byte> look(std::uint64_t at, std::size_t n) {
    if (at < begin_ || at + n > begin_ + held_) {
      const auto left = from_.size() - std::min(at, from_.size());
      const auto wanted = std::min<std::uint64_t>(std::max(n, piece), left);
      if (piece_.size() < wanted || piece_.size() > 4 * piece) piece_ = std::vector<std::byte>(wanted);
      held_ = from_.read(at, std::span{piece_}.first(static_cast<std::size_t>(wanted)));
      begin_ = at;
    }
    const auto skip = static_cast<std::size_t>(at - begin_);
    return std::span{piece_}.subspan(skip, std::min(n, held_ - std::min(held_, skip)));
  }

 private:
  static constexpr std::size_t piece = 256 * 1024;
  source& from_;
  std::vector<std::byte> piece_;
  std::uint64_t begin_ = 0;
  std::size_t held_ = 0;
};

class scanner {
 public:
  scanner(source& from, const file_header& header) : from_{from}, bytes_{from}, header_{header} {}

  contents run(const visitor& show) {
    contents found{header_.of, 0, header_bytes, 0};
    if (from_.size() < header_bytes) return found;  // it was being made when its length was asked for
    for (;;) {
      const auto head = head_at(found.end);
      if (!head || head->offset != found.end) break;
      const auto payload = payload_at(found.end, *head);
      if (!payload) break;
      if (head->kind != mark_kind) {
        ++found.records;
        if (show) show({found.end, head->kind, payload->first(head->length)});
      }
      found.end += head_bytes + padded(head->length);
    }
    found.torn = from_.size() - found.end;
    look_behind(found.end);
    return found;
  }

 private:
  std::optional<record_head> head_at(std::uint64_t offset) {
    if (from_.size() - offset < head_bytes) return std::nullopt;
    const auto bytes = bytes_.look(offset, head_bytes);
    if (bytes.size() < head_bytes) return std::nullopt;
    return decode_head(bytes.first<head_bytes>(), header_.salt);
  }
  /// With its padding.
  std::optional<std::span<const std::byte>> payload_at(std::uint64_t offset, const record_head& head) {
    const auto n = padded(head.length);
    const auto at = offset + head_bytes;
    if (n > from_.size() - at) return std::nullopt;
    const auto bytes = bytes_.look(at, static_cast<std::size_t>(n));
    if (bytes.size() < n || !is_right(head, bytes)) return std::nullopt;
    return bytes;
  }

  /// No whole record is at `end`. A crash leaves such a thing only where nothing was known to be on the disk; a
  /// machine that goes down may leave whole records behind it, since it writes pages in any order. So a record
  /// behind it that says that the disk had what is missing tells of damage, also if it has been moved.
  void look_behind(std::uint64_t end) {
    for (auto at = end; from_.size() - at >= head_bytes;) {
      const auto head = head_at(at);
      if (head && head->committed > end && payload_at(at, *head)) throw damage(end, at);
      const auto whole = head_bytes + (head ? padded(head->length) : 0);
      // Only records in their places hold nothing that could be one.
      at += head && head->offset == at && whole <= from_.size() - at ? whole : 1;
    }
  }

  journal_error damage(std::uint64_t end, std::uint64_t next) const {
    return journal_error{"the journal " + from_.name() + " is damaged at byte " + std::to_string(end) +
                         " (the record there is not whole, but there are later ones, as at byte " +
                         std::to_string(next) +
                         "; it was changed from outside, or the disk is not sound); restore it from a copy, or "
                         "begin a new journal"};
  }

  source& from_;
  piecewise bytes_;
  const file_header& header_;
};

journal_error no_journal(const source& from) {
  return journal_error{from.name() +
                       " is no journal (it does not begin as one does); name a journal, or a new file"};
}

}  // namespace

std::optional<file_header> read_header(source& from, const fingerprint* expected) {
  std::array<std::byte, header_bytes + 1> bytes{};
  const auto n = from.read(0, bytes);
  const std::span all{bytes.data(), n};
  if (is_begun(all)) return std::nullopt;
  if (n < header_bytes || !std::equal(magic.begin(), magic.end(), all.begin())) throw no_journal(from);
  const auto header = decode_header(all.first<header_bytes>());
  if (!header) {
    throw journal_error{"the journal " + from.name() +
                        " is damaged in its header (byte 0 to 63; it was changed from outside, the disk is not "
                        "sound, or another version of cohort has made it); restore it from a copy, or begin a new "
                        "journal"};
  }
  if (header->version != format_version) {
    throw journal_error{"the journal " + from.name() + " has the format " + std::to_string(header->version) +
                        " (this version of cohort knows only " + std::to_string(format_version) +
                        "); use the version that made it, or begin a new journal"};
  }
  if (expected != nullptr && header->of != *expected) {
    throw other_owner_error{"the journal " + from.name() + " belongs to something else (its fingerprint is " +
                            to_string(header->of) + ", not " + to_string(*expected) +
                            "); go on with what it was made for, or name a new journal"};
  }
  return header;
}

contents scan(source& from, const file_header& header, const visitor& show) {
  return scanner{from, header}.run(show);
}

std::vector<std::byte> read_record(int fd, const std::string& name, std::uint64_t salt, std::uint64_t offset) {
  file_source from{fd, name};
  std::array<std::byte, head_bytes> bytes{};
  if (from.read(offset, bytes) == head_bytes) {
    const auto head = decode_head(bytes, salt);
    if (head && head->offset == offset && padded(head->length) <= from.size() - offset - head_bytes) {
      std::vector<std::byte> payload(static_cast<std::size_t>(padded(head->length)));
      if (from.read(offset + head_bytes, payload) == payload.size() && is_right(*head, payload)) {
        payload.resize(head->length);
        return payload;
      }
    }
  }
  throw journal_error{
      "the journal " + name + " has no whole record at byte " + std::to_string(offset) +
      " any more (it was changed from outside, or the disk is not sound); restore it from a copy, or "
      "begin a new journal"};
}

}  // namespace cohort::journal::detail
