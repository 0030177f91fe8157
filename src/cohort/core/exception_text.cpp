#include <cohort/core/exception_text.hpp>

#include <cstdlib>
#include <cxxabi.h>
#include <exception>
#include <memory>
#include <string_view>
#include <typeinfo>

namespace cohort {

std::string type_name(const std::type_info& type) {
  int failed = 0;
  const std::unique_ptr<char, decltype(&std::free)> name{
      abi::__cxa_demangle(type.name(), nullptr, nullptr, &failed), &std::free};
  return failed == 0 ? name.get() : type.name();
}

namespace {
/// What was thrown by std::throw_with_nested, without what the library makes of it.
std::string thrown_type(const std::type_info& type) {
  constexpr std::string_view wrapper{"std::_Nested_exception<"};
  auto name = type_name(type);
  if (name.starts_with(wrapper)) name = name.substr(wrapper.size(), name.size() - wrapper.size() - 1);
  return name;
}
}  // namespace

exception_text current_exception_text() {
  try {
    throw;
  } catch (const std::exception& e) {
    return {thrown_type(typeid(e)), e.what()};
  } catch (...) {
    const auto* type = abi::__cxa_current_exception_type();
    return {type != nullptr ? type_name(*type) : "an unknown type", "(not derived from std::exception)"};
  }
}

}  // namespace cohort
