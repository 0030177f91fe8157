// Map-reduce: counts the words of the files named on the command line, or of a few lines of text. Each rank reads
// its part of every file, a line at a time, so no file need fit into memory.
#include <cohort/cohort.hpp>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using counter = cohort::emitter<std::string, long>;
using word_counts = std::vector<std::pair<std::string, long>>;

static std::vector<std::string> poem() {
  return {
      "Twinkle, twinkle, little bat!", "How I wonder what you're at!",  "Up above the world you fly,",
      "Like a tea-tray in the sky.",   "Twinkle, twinkle, little bat!", "How I wonder what you're at!",
  };
}

static void count_line(const std::string& line, counter& emit) {
  std::string word;
  for (const char letter : line + ' ') {
    const auto c = static_cast<unsigned char>(letter);
    if (std::isalpha(c) != 0 || c == '\'') {
      word += static_cast<char>(std::tolower(c));
    } else if (!word.empty()) {
      emit(std::exchange(word, {}), 1);
    }
  }
}

/// The lines that begin in this rank's block of the file's bytes.
static void count_file(const std::string& name, const cohort::communicator& world, counter& emit) {
  const cohort::block_distribution bytes{std::filesystem::file_size(name), world.size()};
  if (bytes.local_size(world.rank()) == 0) return;
  const auto begin = bytes.global_index(world.rank(), 0);
  const auto end = begin + bytes.local_size(world.rank());
  std::ifstream file{name, std::ios::binary};
  if (!file) throw std::runtime_error("cannot read " + name);
  std::string line;
  auto at = begin;
  if (begin != 0) {  // the line under way is the previous rank's
    file.seekg(static_cast<std::streamoff>(begin - 1));
    std::getline(file, line);
    at += line.size();
  }
  for (; at < end && std::getline(file, line); at += line.size() + 1) count_line(line, emit);
}

int main(int argc, char** argv) {
  cohort::environment env{argc, argv};
  const auto& world = env.world();
  const std::vector<std::string> files(argv + 1, argv + argc);

  word_counts words;  // each word on one rank
  if (files.empty()) {
    const auto whole = poem();
    const cohort::block_distribution lines{whole.size(), world.size()};
    std::vector<std::string> mine;
    for (const auto line : lines.indices_of(world.rank())) mine.push_back(whole[line]);
    words = cohort::map_reduce(world, mine, count_line, std::plus{});
  } else {
    const auto map = [&](const std::string& file, counter& emit) { count_file(file, world, emit); };
    words = cohort::map_reduce(world, files, map, std::plus{});
  }

  const long total = cohort::transform_reduce(world, words, 0L, std::plus{}, &word_counts::value_type::second);
  const auto distinct = world.allreduce(words.size(), std::plus{});
  const auto more_often = [](const auto& a, const auto& b) {
    return std::pair{-a.second, a.first} < std::pair{-b.second, b.first};
  };
  std::sort(words.begin(), words.end(), more_often);
  words.resize(std::min<std::size_t>(words.size(), 5));  // the five most frequent are among each rank's five
  auto top = cohort::gather_to_root(world, words);
  std::sort(top.begin(), top.end(), more_often);
  top.resize(std::min<std::size_t>(top.size(), 5));
  if (world.rank() == 0) {
    std::cout << total << " words, " << distinct << " different\n";
    for (const auto& [word, count] : top) std::cout << word << ' ' << count << '\n';
  }
}
