#include "farm/join/channel.hpp"

#include <cohort/journal/detail/format.hpp>
#include <cohort/pattern/crew/letter.hpp>

#include "common/descriptor.hpp"
#include "farm/errors.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <optional>
#include <span>
#include <system_error>
#include <unistd.h>

namespace cohort_farm {
namespace {

namespace format = cohort::journal::detail;
namespace crew = cohort::crew;

enum record_kind : std::uint32_t {
  letter_kind = 1,
  turn_kind = 2  ///< the last of a file: go on with the next
};

int make_page(const std::string& file) {
  const cohort_apps::descriptor fd{::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)};
  return fd ? 0 : errno;
}

[[noreturn]] void not_a_letter() {
  throw format_error{
      "what a farm and one that has joined it say to each other is malformed (it ends too early, or has values "
      "that "
      "do not exist); check that both run the same version of cohort-farm"};
}

}  // namespace

std::string page_file(const std::string& file, std::uint64_t page) {
  return file + "." + std::to_string(page);
}

std::uint64_t first_page(const std::string& file) {
  const std::filesystem::path whole{file};
  const auto start = whole.filename().string() + ".";
  std::optional<std::uint64_t> result;
  std::error_code error;
  for (std::filesystem::directory_iterator each{whole.parent_path(), error}, end; !error && each != end;
       each.increment(error)) {
    const auto name = each->path().filename().string();
    if (!name.starts_with(start)) continue;
    std::uint64_t page = 0;
    const auto* const last = name.data() + name.size();
    const auto [at, wrong] = std::from_chars(name.data() + start.size(), last, page);
    if (wrong == std::errc{} && at == last) result = std::min(result.value_or(page), page);
  }
  return result.value_or(0);
}

int make_first_page(const std::string& file) {
  return make_page(page_file(file, 0));
}

void check_letter(bytes_view letter) {
  while (!letter.empty()) {
    crew::item head;
    // The enumerators are looked at before anybody has them as such.
    if (letter.size() < sizeof head) not_a_letter();
    const auto word = std::to_integer<std::uint8_t>(letter[offsetof(crew::item, kind)]);
    const auto what = std::to_integer<std::uint8_t>(letter[offsetof(crew::item, what)]);
    if (word > static_cast<std::uint8_t>(crew::word::farewell)) not_a_letter();
    if (what > static_cast<std::uint8_t>(crew::report::kind::note)) not_a_letter();
    std::memcpy(&head, letter.data(), sizeof head);
    letter = letter.subspan(sizeof head);
    if (head.bytes > letter.size()) not_a_letter();
    letter = letter.subspan(static_cast<std::size_t>(head.bytes));
  }
}

int outgoing::write(bytes_view letter) {
  if (end_ >= turn_after_) {
    if (const int error = make_page(page_file(file_, page_ + 1)); error != 0) return error;
    const int error = append(turn_kind, {});
    // The reader may have seen the end of an attempt that failed afterwards (in close), and removed the file.
    const bool turned = error == 0 || (error == ENOENT && turning_);
    turning_ = !turned;
    if (!turned) return error;
    ++page_;
    end_ = 0;
  }
  return append(letter_kind, letter);
}

/// What an attempt that failed has left is overwritten by the next, which is the same.
int outgoing::append(std::uint32_t kind, bytes_view payload) {
  record_.clear();
  format::encode_record(record_, salt_ + page_, end_, kind, 0, payload);
  const int fd = ::open(page_file(file_, page_).c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) return errno;
  int error = 0;
  for (std::size_t at = 0; at != record_.size() && error == 0;) {
    const auto wrote = ::pwrite(fd, record_.data() + at, record_.size() - at, static_cast<off_t>(end_ + at));
    if (wrote > 0) {
      at += static_cast<std::size_t>(wrote);
    } else if (wrote == 0 || errno != EINTR) {
      error = wrote == 0 ? ENOSPC : errno;
    }
  }
  if (::close(fd) != 0 && error == 0 && errno != EINTR) error = errno;
  if (error == 0) end_ += record_.size();
  return error;
}

int incoming::read(std::vector<bytes>& found) {
  for (;;) {
    const cohort_apps::descriptor fd{::open(page_file(file_, page_).c_str(), O_RDONLY | O_CLOEXEC)};
    if (!fd) return errno;
    bool turned = false;
    for (;;) {
      constexpr std::size_t piece = 64 * 1024;
      const auto at = held_.size();
      held_.resize(at + piece);
      const auto got = ::pread(fd.get(), held_.data() + at, piece, static_cast<off_t>(end_ + at));
      const int error = got < 0 ? errno : 0;
      held_.resize(at + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
      if (got < 0 && error == EINTR) continue;
      if (got < 0) return error;
      while (take(found, turned) && !turned) {
      }
      if (turned || got < static_cast<ssize_t>(piece)) break;
    }
    if (!turned) {
      // What was read of an unfinished record may be overwritten.
      held_.clear();
      return 0;
    }
    (void)::unlink(page_file(file_, page_).c_str());
    ++page_;
    end_ = 0;
    held_.clear();
  }
}

bool incoming::take(std::vector<bytes>& found, bool& turned) {
  if (held_.size() < format::head_bytes) return false;
  const std::span<const std::byte> all{held_};
  const auto head = format::decode_head(all.first<format::head_bytes>(), salt_ + page_);
  if (!head || head->offset != end_) return false;
  const auto whole = static_cast<std::size_t>(format::padded(head->length));
  const auto rest = all.subspan(format::head_bytes);
  if (rest.size() < whole || !format::is_right(*head, rest.first(whole))) return false;
  if (head->kind == turn_kind) {
    turned = true;
  } else {
    check_letter(rest.first(head->length));
    found.emplace_back(rest.begin(), rest.begin() + head->length);
  }
  const auto size = format::head_bytes + whole;
  held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(size));
  end_ += size;
  return true;
}

}  // namespace cohort_farm
