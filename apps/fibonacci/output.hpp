#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace fibonacci {

/// Whoever read our output has gone (| head): no reason to complain, only to stop.
class reader_gone : public std::runtime_error {
 public:
  reader_gone() : std::runtime_error{"nobody reads the output any more"} {}
};

/// A file descriptor to write to, in large pieces. SIGPIPE must be ignored.
class output {
 public:
  explicit output(int descriptor) : descriptor_{descriptor} {}
  output(const output&) = delete;
  output& operator=(const output&) = delete;
  ~output() = default;

  /// Throws reader_gone, or std::system_error for any other failure.
  void write(std::string_view text);
  /// Call at the end: the destructor writes nothing.
  void flush();

 private:
  void write_now(std::string_view text);

  int descriptor_;
  std::string pending_;
};

}  // namespace fibonacci
