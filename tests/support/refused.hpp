#pragma once

#include <cohort/core/error.hpp>

#include <gtest/gtest.h>

#include <string>

namespace cohort::test {

/// Expects `call` to throw Error with `what` in its message, and the test's own file as the place of the call.
template <class Error = argument_error, class Call>
void refused(const std::string& what, Call&& call, const char* file = __builtin_FILE()) {
  try {
    call();
    ADD_FAILURE() << "accepted; expected: " << what;
  } catch (const Error& e) {
    EXPECT_NE(std::string{e.what()}.find(what), std::string::npos) << e.what();
    EXPECT_NE(std::string{e.what()}.find(file), std::string::npos) << e.what();
  }
}

}  // namespace cohort::test
