// Random pipelines against what they mean when they run one item after the other.
#include <cohort/collective/allreduce.hpp>
#include <cohort/collective/bcast.hpp>
#include <cohort/pattern/pipeline.hpp>

#include "support/random.hpp"
#include "support/world.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace {

using namespace cohort::test;
using cohort::emitter;

struct item {
  std::uint64_t value = 0;
  std::string text;
  friend bool operator==(const item&, const item&) = default;
  friend bool operator<(const item& a, const item& b) {
    return std::tie(a.value, a.text) < std::tie(b.value, b.text);
  }
};
item changed(const item& x, std::uint64_t salt) {
  return {x.value * 6364136223846793005U + salt, x.text.substr(0, 20) + static_cast<char>('a' + salt % 26)};
}

// The kinds of stages; each has a function, and all() for the same on a whole list.
struct one {
  std::uint64_t salt;
  item operator()(const item& x) const { return changed(x, salt); }
};
struct perhaps {
  std::uint64_t salt;
  std::optional<item> operator()(item x) const {
    return (x.value >> 20) % 3 == 0 ? std::nullopt : std::optional{changed(x, salt)};
  }
};
struct several {
  std::uint64_t salt;
  void operator()(const item& x, emitter<item>& emit) const {
    for (std::uint64_t i = 0; i != (x.value >> 24) % 4; ++i) emit(changed(x, salt + i));
  }
};
/// Remembers: needs order.
struct running {
  std::uint64_t sum = 0;
  item operator()(const item& x) {
    sum = sum * 31 + x.value;
    return {sum, x.text};
  }
};
/// Remembers for each key how many there were; text is dropped, for items of a key may come in any order.
struct count_keys {
  std::map<std::uint64_t, std::uint64_t> seen = {};
  item operator()(const item& x) {
    const auto key = (x.value >> 16) % 11;
    return {(key * 1'000'000 + ++seen[key]) << 16, {}};
  }
};

template <class Kind>
std::vector<item> one_by_one(Kind kind, const std::vector<item>& in) {
  std::vector<item> out;
  for (const auto& x : in) {
    if constexpr (std::is_same_v<Kind, several>) {
      emitter<item> emit{&out,
                         [](void* to, item&& y) { static_cast<std::vector<item>*>(to)->push_back(std::move(y)); }};
      kind(x, emit);
    } else if constexpr (std::is_same_v<Kind, perhaps>) {
      if (auto y = kind(x)) out.push_back(*y);
    } else {
      out.push_back(kind(x));
    }
  }
  return out;
}

template <class Kind>
Kind make(std::mt19937_64& random) {
  if constexpr (requires { Kind{std::uint64_t{}}; } && !std::is_same_v<Kind, running>) {
    return Kind{random()};
  } else {
    return Kind{};
  }
}
template <class Kind>
auto as_stage(Kind kind, std::mt19937_64& random) {
  const int replicas = static_cast<int>(random() % 4);
  if constexpr (std::is_same_v<Kind, running>) {
    return cohort::stage(kind, {.stateful = true, .ordered = true});
  } else if constexpr (std::is_same_v<Kind, count_keys>) {
    return cohort::keyed_stage([](const item& x) { return (x.value >> 16) % 11; }, kind, {.replicas = replicas});
  } else {
    const bool ordered = random() % 5 == 0;
    const int wanted = random() % 4 == 0 ? cohort::automatic : replicas;
    const int threads = ordered || random() % 2 == 0 ? 1 : 1 + static_cast<int>(random() % 3);
    return cohort::stage(kind, {.replicas = ordered ? 0 : wanted, .threads = threads, .ordered = ordered});
  }
}

/// Appends the stages one by one, each to the pipeline and to its meaning.
template <class Draft>
void finish(Draft&& draft, std::vector<item> expected, bool counted, std::mt19937_64& random) {
  const bool ordered = random() % 2 == 0;
  const cohort::pipeline_options options{.window_bytes = random() % 3 == 0 ? 1U : 1U << (5 + random() % 12),
                                         .window_items = 1 + random() % (random() % 2 == 0 ? 4 : 1000)};
  std::vector<item> out;
  const auto report = std::move(draft) | cohort::sink(out, {.ordered = ordered}) | cohort::run_on(world(), options);
  const int at = report.stages.back().ranks.front();
  if (world().rank() == at) {
    // Which of a key's items came first is open.
    if (!ordered || counted) {
      std::sort(out.begin(), out.end());
      std::sort(expected.begin(), expected.end());
    }
    EXPECT_EQ(out, expected) << "seed " << seed() << ", windows " << options.window_bytes << ", "
                             << options.window_items << ", ordered " << ordered << ", " << report.describe();
  } else {
    EXPECT_TRUE(out.empty());
  }
  EXPECT_EQ(report.stages.back().items_in, expected.size());
}
template <class Kind, class... Kinds, class Draft>
void finish_with(Draft&& draft, const std::vector<item>& in, bool counted, std::mt19937_64& random) {
  const auto kind = make<Kind>(random);
  auto longer = std::move(draft) | as_stage(kind, random);
  auto out = one_by_one(kind, in);
  const bool counts = counted || std::is_same_v<Kind, count_keys>;
  if constexpr (sizeof...(Kinds) == 0) {
    finish(std::move(longer), std::move(out), counts, random);
  } else {
    finish_with<Kinds...>(std::move(longer), out, counts, random);
  }
}

/// All ranks draw the same numbers.
template <class... Kinds>
void check(std::uint64_t salt) {
  auto random = engine(salt);
  for (int trial = 0; trial != 12; ++trial) {
    std::vector<item> in(random() % (random() % 2 == 0 ? 5 : 300));
    for (auto& x : in) fill(random, x.text), x.value = random();
    auto begun = cohort::pipeline(in);
    if constexpr (sizeof...(Kinds) == 0) {
      finish(std::move(begun), in, false, random);
    } else {
      finish_with<Kinds...>(std::move(begun), in, false, random);
    }
  }
}

TEST(random_pipeline, without_stages) {
  check<>(1);
}
TEST(random_pipeline, of_one_stage) {
  check<one>(2);
  check<perhaps>(3);
  check<several>(4);
  check<running>(5);
  check<count_keys>(6);
}
TEST(random_pipeline, of_two_stages) {
  check<several, several>(7);
  check<perhaps, several>(8);
  check<several, running>(9);
}
TEST(random_pipeline, of_three_stages) {
  check<several, one, several>(10);
  check<one, running, perhaps>(11);
  check<several, perhaps, count_keys>(12);
}
TEST(random_pipeline, of_five_stages) {
  check<one, several, running, several, perhaps>(13);
}

}  // namespace
