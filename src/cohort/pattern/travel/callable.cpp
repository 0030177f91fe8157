#include <cohort/core/error.hpp>
#include <cohort/pattern/travel/callable.hpp>

namespace cohort::travel::detail {

void throw_local_capture() {
  throw argument_error{
      "executor: a function holds an address of this process (it captures a pointer or a reference, or a pointer "
      "to a "
      "function), which means nothing on another rank; capture by value, or pass the value as an argument: "
      "submit(f, "
      "value)"};
}

}  // namespace cohort::travel::detail
