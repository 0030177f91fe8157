// What a result store promises when its program is killed.

#include <cohort/pattern/executor/detail/store_writer.hpp>
#include <cohort/pattern/executor/detail/task_home.hpp>
#include <cohort/pattern/executor/result_store.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace std::chrono_literals;

namespace {

class no_home final : public cohort::detail::task_home {
 public:
  void submit(std::shared_ptr<cohort::detail::future_core>, cohort::detail::task_frame&&,
              const cohort::detail::task_terms&) override {}
  bool wait(const std::function<bool()>&, std::optional<clock::time_point>) override { return false; }
  cohort::task_state state(const cohort::detail::future_core& core) override { return core.last_state(); }
  cohort::detail::task_terms terms(const cohort::submit_options&) const override { return {}; }
  std::size_t slots() override { return 1; }
  const cohort::travel::module_table& modules() const override { throw std::logic_error{"no modules"}; }
  const std::shared_ptr<const cohort::exception_types>& exceptions() const override { return none_; }

 private:
  void cancel_submitted(const cohort::detail::future_core&) override {}
  void lost(const cohort::detail::future_core&) override {}
  std::shared_ptr<const cohort::exception_types> none_;
};

/// A program that has a result and a task without one, and is killed half a second later.
[[noreturn]] void die_with_results(const std::string& file) {
  const auto writer = std::make_shared<cohort::detail::store_writer>(file, 0ns);
  no_home home;
  cohort::detail::future_value<int> done{home};
  cohort::detail::future_value<int> waits{home};
  cohort::detail::keep({writer, "done", "", false}, typeid(int), done);
  cohort::detail::keep({writer, "waits", "", false}, typeid(int), waits);
  std::vector<std::byte> bytes(cohort::serial::packed_size(7));
  cohort::serial::pack_to(bytes.data(), 7);
  done.succeed(bytes);
  cohort::detail::kept_result(done, bytes, 0.5);
  cohort::detail::kept_succeeded(done, 3, "here", 1);
  std::this_thread::sleep_for(500ms);
  kill(getpid(), SIGKILL);
  std::abort();
}

TEST(store_writer, what_it_was_told_survives_a_kill) {
  const auto file = testing::TempDir() + "cohort_killed." + std::to_string(getpid());
  const auto child = fork();
  if (child == 0) die_with_results(file);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  {
    const cohort::result_store store{file};
    EXPECT_EQ(store.get<int>("done"), 7);
    EXPECT_EQ(store.find("done")->rank, 3);
    EXPECT_EQ(store.find("waits")->state, cohort::task_state::pending);
    EXPECT_THROW(static_cast<void>(store.get<int>("waits")), cohort::error);
  }
  for (const char* const end : {"", "-wal", "-shm"}) std::filesystem::remove(file + end);
}

}  // namespace
