#include <cohort/async/with_timeout.hpp>

namespace cohort::detail {

void throw_timeout() {
  throw timeout_error{
      "with_timeout: the task has not ended in the time given (it was stopped); give it longer, or find out what "
      "it "
      "waits for"};
}

}  // namespace cohort::detail
