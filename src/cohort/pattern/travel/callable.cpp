#include <cohort/core/error.hpp>
#include <cohort/pattern/travel/callable.hpp>

namespace cohort::travel::detail {

void throw_local_capture() {
  throw argument_error{
      "a function that travels to other ranks holds an address of this process (it captures a pointer or a "
      "reference, or a pointer to a function), which means nothing there; capture by value, or pass the value as "
      "an "
      "argument (executor: submit(f, value); shared_map and others: closure(f, value))"};
}

}  // namespace cohort::travel::detail
