#pragma once

#include <string>
#include <typeinfo>

namespace cohort::detail {

/// Names of types as a result store keeps them: mangled, which all compilers here do alike. @{
[[nodiscard]] std::string stored_type(const std::type_info& type);
/// As written in C++.
[[nodiscard]] std::string readable_type(const std::string& stored);
/// Throws argument_error if the task's result is of another type than the one that is asked for.
void check_stored_type(const std::string& file, const std::string& id, const std::string& stored,
                       const std::type_info& wanted);
/// @}

}  // namespace cohort::detail
