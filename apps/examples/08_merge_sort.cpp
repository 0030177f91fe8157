// Divide and conquer: a merge sort. A part that is long is split in two halves, which other ranks may take; one
// that is short is sorted where it is; and sorted halves are merged.
#include <cohort/cohort.hpp>

#include <algorithm>
#include <array>
#include <iostream>
#include <random>
#include <vector>

using numbers = std::vector<int>;

static bool is_long(const numbers& part) {
  return part.size() > 1000;
}

static std::array<numbers, 2> halves(const numbers& part) {
  const auto middle = part.begin() + static_cast<std::ptrdiff_t>(part.size() / 2);
  return {numbers(part.begin(), middle), numbers(middle, part.end())};
}

static numbers sorted(numbers part) {
  std::sort(part.begin(), part.end());
  return part;
}

static numbers merged(const std::vector<numbers>& parts) {
  numbers whole(parts[0].size() + parts[1].size());
  std::merge(parts[0].begin(), parts[0].end(), parts[1].begin(), parts[1].end(), whole.begin());
  return whole;
}

int main(int argc, char** argv) {
  cohort::environment env{argc, argv};
  numbers shuffled;  // on rank 0
  if (env.world().rank() == 0) {
    std::mt19937 random{1};
    for (int i = 0; i != 300'000; ++i) shuffled.push_back(static_cast<int>(random() % 1'000'000));
  }
  const auto result = cohort::divide_and_conquer(env.world(), shuffled, is_long, halves, sorted, merged);
  if (result) {  // on rank 0
    std::cout << result->size() << " numbers from " << result->front() << " to " << result->back() << ", "
              << (std::is_sorted(result->begin(), result->end()) ? "sorted" : "not sorted") << '\n';
  }
}
