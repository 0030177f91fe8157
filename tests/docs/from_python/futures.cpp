// The examples of docs/from-python.md: concurrent.futures.
#include <cohort/cohort.hpp>

#include "from_python/pool.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using docs::with_pool;

namespace {

double power(double base, double exponent) {
  return std::pow(base, exponent);
}

bool is_prime(std::int64_t n) {
  if (n < 2) return false;
  for (std::int64_t d = 2; d * d <= n; ++d) {
    if (n % d == 0) return false;
  }
  return true;
}

std::string load(const std::string& url) {
  if (url.find("nosuch") != std::string::npos) throw std::runtime_error("no such host");
  return "<html>" + url;
}

TEST(docs_from_python, futures_submit) {
  with_pool([](cohort::executor& executor) {
    // example: submit
    auto future = executor.submit(power, 323, 12);
    double result = future.get();
    // end
    EXPECT_GT(result, 1e30);
  });
}

TEST(docs_from_python, futures_map_primes) {
  with_pool([](cohort::executor& executor) {
    std::vector<bool> answers;
    // example: executor_map
    const std::vector<std::int64_t> primes{112272535095293, 112582705942171, 1099726899285419};
    for (bool prime : executor.imap(is_prime, primes)) answers.push_back(prime);
    // end
    EXPECT_EQ(answers, (std::vector<bool>{true, true, false}));
  });
}

TEST(docs_from_python, futures_map_several) {
  with_pool([](cohort::executor& executor) {
    // example: executor_map_several
    auto powers = executor.map(power, std::vector{2.0, 3.0}, std::vector{3.0, 2.0});  // {8, 9}
    // end
    EXPECT_EQ(powers, (std::vector{8.0, 9.0}));
  });
}

TEST(docs_from_python, futures_as_completed) {
  with_pool([](cohort::executor& executor) {
    std::size_t bytes = 0;
    int failed = 0;
    // example: as_completed
    std::vector<cohort::future<std::string>> pages;
    for (auto url : {"http://www.example.org", "http://nosuch.example"})
      pages.push_back(executor.submit(load, url));
    for (auto& page : cohort::as_completed(pages)) {
      try {
        bytes += page.get().size();
      } catch (const std::exception&) {
        ++failed;
      }
    }
    // end
    EXPECT_EQ(bytes, 28U);
    EXPECT_EQ(failed, 1);
  });
}

TEST(docs_from_python, futures_wait) {
  with_pool([](cohort::executor& executor) {
    std::vector<cohort::future<double>> futures;
    for (int i = 0; i != 4; ++i) futures.push_back(executor.submit(power, 2, i));
    // example: wait
    auto first = cohort::wait_any(futures);     // FIRST_COMPLETED: its position
    bool all = cohort::wait_all(futures, 10s);  // ALL_COMPLETED, with a timeout
    // end
    EXPECT_TRUE(first.has_value() && all);
  });
}

TEST(docs_from_python, futures_methods) {
  with_pool([](cohort::executor& executor) {
    int called = 0;
    // example: future_methods
    auto future = executor.submit(power, 2, 10);
    double result = future.get(60s);    // result(timeout=60)
    auto exception = future.failure();  // exception(): nothing, as there was none
    bool done = future.ready();         // done()
    future.cancel();                    // cancel(): too late, no effect
    bool cancelled = future.state() == cohort::task_state::revoked;
    future.on_done([&](const auto& self) { called += self.ready(); });  // add_done_callback
    // end
    EXPECT_EQ(result, 1024);
    EXPECT_FALSE(exception.has_value());
    EXPECT_TRUE(done);
    EXPECT_FALSE(cancelled);
    EXPECT_EQ(called, 1);
  });
}

// example: own_exception
struct page_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};
// end

TEST(docs_from_python, futures_exceptions) {
  // example: exceptions
  cohort::executor_options options{.exceptions = cohort::exception_types{}.with<page_error>()};
  auto body = [](cohort::executor& executor) {
    auto page = executor.submit([]() -> int { throw page_error("404"); });
    try {
      page.get();
    } catch (const page_error& e) {
      const auto& where = dynamic_cast<const cohort::task_failure&>(e);  // rank, host, task, attempt
      EXPECT_EQ(where.message, "404");
    }
  };
  cohort::run_executor(cohort::test::world(), body, options);
  // end
}

TEST(docs_from_python, futures_nested) {
  with_pool([](cohort::executor& executor) {
    // example: nested
    struct sum {
      static int of(cohort::task_context& here, int first, int last) {
        if (last - first < 100) return (first + last) * (last - first + 1) / 2;
        const int middle = (first + last) / 2;
        auto left = here.submit(of, first, middle);
        return of(here, middle + 1, last) + left.get();
      }
    };
    int total = executor.submit(sum::of, 1, 1000).get();
    // end
    EXPECT_EQ(total, 500500);
  });
}

}  // namespace
