#pragma once

#include <string>
#include <typeinfo>

namespace cohort {

/// What is known of an exception: its type as written in C++, and its what() if it derives from std::exception.
struct exception_text {
  std::string type;
  std::string message;
};

/// The base of exceptions that know more than their type and what(): all of it, for when one ends the program.
class told_exception {
 public:
  [[nodiscard]] virtual std::string told() const = 0;

 protected:
  told_exception() = default;
  told_exception(const told_exception&) = default;
  told_exception& operator=(const told_exception&) = default;
  ~told_exception() = default;
};

/// Of the exception being handled; call it in a catch block.
[[nodiscard]] exception_text current_exception_text();

/// A type as written in C++.
[[nodiscard]] std::string type_name(const std::type_info& type);

}  // namespace cohort
