#pragma once

#include <cohort/core/error.hpp>

#include <string>

namespace cohort::test {

/// What the error says that `call` throws.
template <class Call>
std::string what_of(Call call) {
  try {
    call();
  } catch (const error& e) {
    return e.what();
  }
  return "nothing thrown";
}

}  // namespace cohort::test
