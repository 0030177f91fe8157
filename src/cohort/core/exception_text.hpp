#pragma once

#include <string>
#include <typeinfo>

namespace cohort {

/// What is known of an exception: its type as written in C++, and its what() if it derives from std::exception.
struct exception_text {
  std::string type;
  std::string message;
};

/// Of the exception being handled; call it in a catch block.
[[nodiscard]] exception_text current_exception_text();

/// A type as written in C++.
[[nodiscard]] std::string type_name(const std::type_info& type);

}  // namespace cohort
