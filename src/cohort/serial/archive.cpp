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

}  // namespace cohort::serial::detail
