#pragma once

#include "farm/process_runner.hpp"
#include "support/scratch.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace farm_test {

using namespace std::chrono_literals;
using cohort::crew::job;
using cohort::crew::report;

using cohort::test::scratch;

inline std::string contents(const std::string& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

inline void put(const std::string& file, const std::string& text) {
  std::ofstream{file, std::ios::binary} << text;
}

/// What `action` says when it fails; empty if it does not.
template <class Error>
std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& e) {
    return e.what();
  }
  return {};
}

/// Waits for a condition; the limit only guards against hanging.
inline bool eventually(const std::function<bool()>& condition) {
  const auto until = std::chrono::steady_clock::now() + 20s;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    ::usleep(2000);
  }
  return true;
}

/// An attempt that ended.
struct ended {
  report::kind what = report::kind::note;
  cohort_farm::completion how;
  int ends = 0;  ///< how many ending reports came; must be 1
};

/// Plays the root for a runner.
class root {
 public:
  explicit root(cohort_farm::runner_settings how) : runner{std::move(how)} {}

  void add(const std::string& line, std::uint32_t attempt = 0) {
    runner.accept({next_, attempt}, encode(cohort_farm::task_order{next_ + 1, line, attempt}));
    ++next_;
  }
  /// Collects once.
  void step(std::chrono::nanoseconds patience = 20ms) {
    std::vector<report> news;
    runner.collect(news, patience);
    for (const auto& r : news) hear(r);
  }
  /// Until all have ended.
  void finish() {
    const auto until = std::chrono::steady_clock::now() + 100s;
    while (runner.unfinished() != 0) {
      step();
      if (std::chrono::steady_clock::now() > until) {
        ADD_FAILURE() << runner.unfinished() << " jobs do not end";
        return;
      }
    }
  }
  /// Runs one line to its end.
  ended run(const std::string& line) {
    add(line);
    finish();
    return done[next_ - 1];
  }
  /// Reads a whole kept output.
  std::string fetch_all(job of, cohort_farm::stream from) {
    std::string text;
    for (;;) {
      got.clear();
      runner.message(encode(cohort_farm::fetch{of, from, text.size(), cohort_farm::largest_chunk}));
      step(0ms);
      if (got.empty()) return text;
      text += got;
    }
  }

  std::map<std::uint64_t, ended> done;
  std::vector<std::uint64_t> order;
  std::vector<std::uint64_t> started;
  std::string got;  ///< the last chunk
  cohort_farm::process_runner runner;

 private:
  void hear(const report& r) {
    if (r.what == report::kind::started) {
      started.push_back(r.of.task);
    } else if (r.what == report::kind::note) {
      if (r.payload.empty()) return;  // about SIGUSR1
      got = cohort_farm::as_text(cohort_farm::decode_chunk(r.payload).data);
    } else {
      auto& end = done[r.of.task];
      end.what = r.what;
      end.how = cohort_farm::decode_completion(r.payload);
      ++end.ends;
      EXPECT_EQ(end.ends, 1) << "task " << r.of.task;
      EXPECT_EQ(end.how.attempt, r.of.attempt);
      order.push_back(r.of.task);
    }
  }
  std::uint64_t next_ = 0;
};

inline std::size_t open_descriptors() {
  const std::filesystem::directory_iterator all{"/proc/self/fd"};
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

/// Whether a process exists and is no zombie.
inline bool alive(pid_t pid) {
  const auto stat = contents("/proc/" + std::to_string(pid) + "/stat");
  const auto at = stat.rfind(") ");
  return at != std::string::npos && stat[at + 2] != 'Z' && stat[at + 2] != 'X';
}

}  // namespace farm_test
