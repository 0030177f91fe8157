#include "farm/task_list.hpp"

#include "common/descriptor.hpp"
#include "farm/errors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cohort_farm {

using cohort_apps::descriptor;
namespace {

farm_error cannot_read(const std::string& name, int error, std::string_view remedy) {
  return farm_error{fmt::format("cannot read the tasks from {} ({}); {}", name, std::strerror(error), remedy)};
}

std::string read_tasks(int fd, const std::string& name) {
  std::string text;
  std::size_t used = 0;
  struct stat about {};
  if (::fstat(fd, &about) == 0 && S_ISREG(about.st_mode)) text.resize(static_cast<std::size_t>(about.st_size) + 1);
  for (;;) {
    if (used == text.size()) text.resize(std::max<std::size_t>(2 * used, 1 << 16));
    const auto got = ::read(fd, text.data() + used, text.size() - used);
    if (got == 0) break;
    if (got > 0) {
      used += static_cast<std::size_t>(got);
    } else if (errno != EINTR) {
      const int error = errno;
      throw cannot_read(name, error,
                        error == EISDIR  ? "name a file with one command per line"
                        : error == EBADF ? "name a file, or give standard input something to read from"
                                         : "check the file and its file system");
    }
  }
  text.resize(used);
  return text;
}

bool white(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

}  // namespace

task_list task_list::read(const std::string& file) {
  if (file == "-") return parse(read_tasks(STDIN_FILENO, "standard input"), "standard input");
  const descriptor fd{::open(file.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!fd) {
    const int error = errno;
    throw cannot_read(
        file, error,
        error == ENOENT ? "check the name; the file is read where rank 0 runs" : "check its permissions");
  }
  return parse(read_tasks(fd.get(), file), file);
}

task_list task_list::parse(std::string text, const std::string& name) {
  task_list list;
  list.text_ = std::move(text);
  list.name_ = name;
  const std::string_view all = list.text_;
  std::size_t begin = all.substr(0, 3) == "\xEF\xBB\xBF" ? 3 : 0;  // some editors begin a text with this mark
  for (std::uint32_t number = 1; begin < all.size(); ++number) {
    const auto end = std::min(all.find('\n', begin), all.size());
    auto line = all.substr(begin, end - begin);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    const auto first = std::find_if_not(line.begin(), line.end(), white);
    if (first != line.end() && *first != '#') {
      if (line.find('\0') != std::string_view::npos) {
        throw farm_error{
            fmt::format("{}:{} is not a command (it has a NUL byte, which no command can have); expected "
                        "a text file with one command per line",
                        name, number)};
      }
      if (line.size() > longest) {
        throw farm_error{
            fmt::format("{}:{} is too long for a command ({} bytes; the system takes {}); put it into a "
                        "script, and run that",
                        name, number, line.size(), longest)};
      }
      list.lines_.push_back({begin, static_cast<std::uint32_t>(line.size()), number});
    }
    begin = end + 1;
  }
  if (list.lines_.empty()) {
    throw farm_error{fmt::format("{} has no tasks ({}); expected one command per line", name,
                                 all.empty() ? "it is empty" : "only blank lines and comments")};
  }
  return list;
}

}  // namespace cohort_farm
