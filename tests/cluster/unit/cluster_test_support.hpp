#pragma once

#include <cohort/cluster/allocation.hpp>
#include <cohort/core/error.hpp>

#include "support/scratch.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace cluster_test {

/// Expects `call` to throw a cohort::error with `part` in its message.
template <class Call>
void expect_error(const std::string& about, const std::string& part, Call&& call) {
  try {
    call();
    ADD_FAILURE() << about << ": accepted; expected: " << part;
  } catch (const cohort::error& e) {
    EXPECT_NE(std::string{e.what()}.find(part), std::string::npos) << about << ": " << e.what();
  }
}

using cohort::test::scratch;

/// The environment of a program whose verdict is to be left there.
inline cohort::cluster::variables asking_for(const std::string& path) {
  return [path](const char* name) -> std::optional<std::string> {
    if (std::string{name} == "COHORT_VERDICT") return path;
    return std::nullopt;
  };
}

}  // namespace cluster_test
