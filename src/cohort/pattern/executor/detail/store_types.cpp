#include <cohort/core/error.hpp>
#include <cohort/pattern/executor/detail/store_types.hpp>

#include <fmt/format.h>

#include <cstdlib>
#include <cxxabi.h>
#include <memory>

namespace cohort::detail {

std::string stored_type(const std::type_info& type) {
  return type.name();
}

std::string readable_type(const std::string& stored) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> name{abi::__cxa_demangle(stored.c_str(), nullptr, nullptr, &status),
                                                    &std::free};
  return status == 0 && name ? name.get() : stored;
}

void check_stored_type(const std::string& file, const std::string& id, const std::string& stored,
                       const std::type_info& wanted) {
  if (stored == stored_type(wanted)) return;
  throw argument_error{
      fmt::format("result store {}: the result of task {} is of type {} ({} is asked for); ask for its "
                  "type, or choose another id",
                  file, id, readable_type(stored), readable_type(stored_type(wanted)))};
}

}  // namespace cohort::detail
