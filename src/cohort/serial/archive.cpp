#include <cohort/serial/archive.hpp>

#include <fmt/format.h>

namespace cohort::serial::detail {

void throw_truncated(std::size_t wanted, std::size_t left) {
  throw format_error{fmt::format(
      "a serialised object claims {} more items or bytes (only {} bytes are left); was it sent as another type?",
      wanted, left)};
}

void throw_malformed(const char* what) {
  throw format_error{fmt::format("a serialised object holds {} (it was damaged or sent as another type)", what)};
}

void throw_received(const format_error& what, const char* routine, int rank, const call_site& where) {
  throw format_error{
      fmt::format("{} on rank {} (called at {}:{}): {}", routine, rank, where.file, where.line, what.what())};
}

void throw_too_deep(bool reading) {
  if (reading) throw_malformed("containers or pointers nested more than 1000 deep");
  throw argument_error{
      "an object nests containers or pointers more than 1000 deep (each level takes room on the stack where it is "
      "read); send its parts in one std::vector"};
}

}  // namespace cohort::serial::detail
