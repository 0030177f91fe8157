// Sources that read files.
#include <cohort/collective/allreduce.hpp>
#include <cohort/collective/barrier.hpp>
#include <cohort/collective/bcast.hpp>
#include <cohort/pattern/pipeline.hpp>

#include "support/world.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <vector>

namespace {

using namespace cohort::test;
using cohort::lines_of;
using cohort::pipeline;
using cohort::run_on;
using cohort::sink;
using cohort::stage;

/// Files that rank 0 has written; gone with the object.
class files {
 public:
  files() {
    long id = ::getpid();
    world().bcast(id);
    folder_ = std::filesystem::temp_directory_path() / ("cohort-lines-" + std::to_string(id));
    if (world().rank() == 0) std::filesystem::create_directory(folder_);
  }
  files(const files&) = delete;
  files& operator=(const files&) = delete;
  ~files() {
    if (world().rank() == 0) std::filesystem::remove_all(folder_);
  }
  std::filesystem::path add(const std::string& name, const std::string& text) {
    if (world().rank() == 0) std::ofstream{folder_ / name, std::ios::binary} << text;
    return folder_ / name;
  }
  [[nodiscard]] std::filesystem::path missing(const std::string& name) const { return folder_ / name; }

 private:
  std::filesystem::path folder_;
};

std::vector<std::string> through_pipeline(cohort::line_source source) {
  std::vector<std::string> out;
  const auto report = pipeline(std::move(source)) | stage([](std::string line) { return line; }) |
                      sink(out, {.ordered = true}) | run_on(world());
  world().bcast(out, {.root = report.stages.back().ranks.front()});
  return out;
}

TEST(pipeline_lines, come_as_they_are) {
  files all;
  const auto a = all.add("a", "one\n\n two \r\nlast");
  const auto empty = all.add("empty", "");
  const auto b = all.add("b", "three\n");
  EXPECT_EQ(through_pipeline(lines_of(a)), (std::vector<std::string>{"one", "", " two \r", "last"}));
  EXPECT_EQ(through_pipeline(lines_of({a, empty, b, empty})),
            (std::vector<std::string>{"one", "", " two \r", "last", "three"}));
  EXPECT_EQ(through_pipeline(lines_of(empty)), std::vector<std::string>{});
  EXPECT_EQ(through_pipeline(lines_of(std::vector<std::filesystem::path>{})), std::vector<std::string>{});
  const auto zeros = all.add("zeros", std::string{"x\ny\0z\0", 6});
  EXPECT_EQ(through_pipeline(lines_of(zeros, '\0')), (std::vector<std::string>{"x\ny", "z"}));
}

TEST(pipeline_lines, are_named_in_errors) {
  files all;
  const auto a = all.add("a", "1\n2\n");
  const auto empty = all.add("empty", "");
  const auto b = all.add("b", "3\n4\nfive\n6\n");
  for (const bool emits : {false, true}) {
    try {
      (void)(pipeline(lines_of({a, empty, b})) |
             stage([emits](const std::string& line, cohort::emitter<int>& emit) {
               if (emits) emit(0);
               emit(std::stoi(line));
             }) |
             sink([](int) {}) | run_on(world()));
      ADD_FAILURE() << "nothing was thrown";
    } catch (const cohort::pipeline_error& e) {
      EXPECT_EQ(e.place(), b.string() + ":3");
      EXPECT_EQ(e.item(), 4U);
      EXPECT_NE(std::string{e.what()}.find(b.string() + ":3"), std::string::npos) << e.what();
      EXPECT_EQ(e.failure().type, "std::invalid_argument");
    }
  }
}

TEST(pipeline_lines, that_cannot_be_read_are_an_error) {
  files all;
  const auto a = all.add("a", "1\n2\n");
  for (const auto& bad : {all.missing("nowhere"), std::filesystem::temp_directory_path()}) {
    try {
      (void)(pipeline(lines_of({a, bad})) | sink([](const std::string&) {}) | run_on(world()));
      ADD_FAILURE() << "nothing was thrown";
    } catch (const cohort::pipeline_error& e) {
      EXPECT_EQ(e.stage(), "source");
      EXPECT_NE(e.failure().message.find(bad.string()), std::string::npos) << e.what();
    }
  }
}

TEST(pipeline_lines, other_sources_name_no_place) {
  try {
    (void)(pipeline(std::vector<int>{1}) | sink([](int) { throw std::runtime_error{"no"}; }) | run_on(world()));
    ADD_FAILURE() << "nothing was thrown";
  } catch (const cohort::pipeline_error& e) {
    EXPECT_EQ(e.place(), "");
  }
}

}  // namespace
