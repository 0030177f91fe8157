// The two sides of an executor's shared data, without MPI: ranks and the root in one process, their notes in
// queues.

#include <cohort/core/error.hpp>
#include <cohort/pattern/executor/detail/data/data_rank.hpp>
#include <cohort/pattern/executor/detail/data/data_root.hpp>
#include <cohort/pattern/executor/detail/nested_note.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

using namespace cohort::detail;

std::vector<std::byte> pattern(std::size_t n) {
  std::vector<std::byte> bytes(n);
  for (std::size_t i = 0; i != n; ++i) bytes[i] = static_cast<std::byte>((i * 7 + i / 1000) % 251);
  return bytes;
}

/// A root on "here", and ranks 1, 2, ... on nodes of the given names, with a thread that carries the notes.
class network {
 public:
  explicit network(std::vector<std::string> nodes) : nodes_{std::move(nodes)} {
    for (std::size_t r = 0; r != nodes_.size(); ++r) {
      const auto from = static_cast<cohort::dispatch::worker_id>(r + 1);
      ranks.push_back(
          std::make_shared<data_rank>([this, from](const data_note& what, std::span<const std::byte> text) {
            push({from, true, with_head(what, text)});
          }));
    }
    carrier_ = std::thread{[this] { carry(); }};
  }
  network(const network&) = delete;
  network& operator=(const network&) = delete;
  ~network() {
    push({0, true, {}});
    carrier_.join();
  }

  data_root::teller tell = [this](cohort::dispatch::worker_id to, const data_note& what,
                                  std::span<const std::byte> text) {
    if (what.what == data_note::kind::fetch) ++fetches;
    auto said = what;
    if (rig) rig(said);
    push({to, false, with_head(said, text)});
  };

  data_name share(const std::vector<std::byte>& bytes) {
    node_block block{bytes.size()};
    if (!bytes.empty()) std::memcpy(block.data(), bytes.data(), bytes.size());
    return root.add(std::move(block));
  }
  /// What rank r finds.
  std::vector<std::byte> look(std::size_t r, data_name what) {
    const auto found = ranks[r - 1]->find(what);
    return {found.data, found.data + found.place.bytes};
  }
  /// Until all that has been said so far is heard, as what a later task of the same rank finds.
  void deliver() {
    std::unique_lock lock{mutex_};
    carried_.wait(lock, [this, said = said_] { return heard_ >= said; });
  }
  std::function<void(data_note&)> rig;  ///< changes what the root says
  std::atomic<int> pause{0};            ///< microseconds that each note is on its way
  data_root root{17, 0, "here", 0};
  std::vector<std::shared_ptr<data_rank>> ranks;
  std::atomic<int> fetches{0};

 private:
  struct note {
    cohort::dispatch::worker_id who;
    bool to_root;
    std::vector<std::byte> text;
  };
  void push(note&& what) {
    const std::lock_guard lock{mutex_};
    notes_.push_back(std::move(what));
    ++said_;
    news_.notify_one();
  }
  void carry() {
    for (;;) {
      std::unique_lock lock{mutex_};
      news_.wait(lock, [this] { return !notes_.empty(); });
      const auto next = std::move(notes_.front());
      notes_.pop_front();
      lock.unlock();
      if (next.text.empty()) return;
      if (pause != 0) std::this_thread::sleep_for(std::chrono::microseconds{pause});
      if (next.to_root) {
        root.hear(next.who, nodes_[next.who - 1], next.text, tell);
      } else {
        ranks[next.who - 1]->hear(next.text);
      }
      lock.lock();
      ++heard_;
      carried_.notify_all();
    }
  }

  std::vector<std::string> nodes_;
  std::mutex mutex_;
  std::condition_variable news_;
  std::condition_variable carried_;
  std::deque<note> notes_;
  std::size_t said_ = 0;
  std::size_t heard_ = 0;
  std::thread carrier_;
};

/// A root alone, and what it tells whom.
struct told_root {
  data_root root{17, 0, "here", 0};
  std::vector<std::pair<cohort::dispatch::worker_id, data_note::kind>> told;
  data_root::teller tell = [this](cohort::dispatch::worker_id to, const data_note& what,
                                  std::span<const std::byte>) { told.emplace_back(to, what.what); };
  data_name shared = root.add(node_block{100});
  void hears(cohort::dispatch::worker_id from, data_note::kind what, const std::string& host = "there") {
    data_note note;
    note.what = what;
    note.number = shared.number;
    root.hear(from, host, with_head(note, {}), tell);
  }
};

TEST(shared_data, are_fetched_by_another_when_who_fetches_is_lost) {
  using kind = data_note::kind;
  told_root r;
  r.hears(1, kind::ask);
  r.hears(2, kind::ask);
  r.hears(3, kind::ask);
  ASSERT_EQ(r.told, (decltype(r.told){{1, kind::fetch}}));
  r.root.lost(2, r.tell);  // it only waited
  EXPECT_EQ(r.told.size(), 1U);
  r.root.lost(1, r.tell);
  ASSERT_EQ(r.told.size(), 2U);
  EXPECT_EQ(r.told.back(), std::pair(3U, kind::fetch));
  // And when what it has fetched goes with it.
  r.hears(3, kind::whole);
  r.hears(4, kind::ask);
  EXPECT_EQ(r.told.back(), std::pair(4U, kind::at));
  r.root.lost(3, r.tell);
  r.hears(5, kind::ask);
  EXPECT_EQ(r.told.back(), std::pair(5U, kind::fetch));
  // The lost are told nothing more.
  r.told.clear();
  r.root.remove(r.shared, r.tell);
  EXPECT_EQ(r.told, (decltype(r.told){{4, kind::ended}, {5, kind::ended}}));
}

TEST(shared_data, come_once_to_each_node) {
  network net{{"here", "there", "there", "there", "elsewhere"}};
  for (const std::size_t n : {std::size_t{0}, std::size_t{1}, data_piece - 1, data_piece, data_piece + 1,
                              5 * data_piece, 9 * data_piece + 17}) {
    net.fetches = 0;
    const auto bytes = pattern(n);
    const auto what = net.share(bytes);
    std::vector<std::future<std::vector<std::byte>>> all;
    for (int twice = 0; twice != 2; ++twice) {
      for (std::size_t r = 1; r != 6; ++r)
        all.push_back(std::async(std::launch::async, [&net, r, what] { return net.look(r, what); }));
    }
    for (auto& each : all) EXPECT_TRUE(each.get() == bytes) << n;
    EXPECT_EQ(net.fetches, 2) << n;  // there, and elsewhere
  }
}

TEST(shared_data, are_fetched_alone_where_the_nodes_memory_is_not_seen) {
  network net{{"there", "there"}};
  net.rig = [](data_note& what) {
    if (what.what == data_note::kind::at) what.place.tag ^= 1U;
  };
  const auto bytes = pattern(3 * data_piece);
  const auto what = net.share(bytes);
  EXPECT_TRUE(net.look(1, what) == bytes);
  EXPECT_TRUE(net.look(2, what) == bytes);
  EXPECT_EQ(net.fetches, 2);
}

TEST(shared_data, too_much_for_a_node_is_an_error_there) {
  network net{{"there", "there", "elsewhere"}};
  const auto bytes = pattern(100);
  const auto what = net.share(bytes);
  net.rig = [](data_note& note) {
    if (note.what == data_note::kind::fetch) note.place.bytes = std::uint64_t{1} << 50U;
  };
  const auto fault = [&](std::size_t r) -> std::string {
    try {
      net.look(r, what);
    } catch (const cohort::error& e) {
      return e.what();
    }
    return "none";
  };
  auto first = std::async(std::launch::async, fault, 1);
  auto second = std::async(std::launch::async, fault, 2);
  EXPECT_NE(first.get().find("1125899906842624 bytes"), std::string::npos);
  EXPECT_NE(second.get().find("1125899906842624 bytes"), std::string::npos);
  net.rig = {};
  EXPECT_TRUE(net.look(3, what) == bytes);
  EXPECT_TRUE(net.look(2, what) == bytes);  // who looks later may have more luck
  EXPECT_TRUE(net.look(1, what) == bytes);
}

TEST(shared_data, that_end_are_found_no_longer) {
  network net{{"there", "elsewhere"}};
  const auto bytes = pattern(6 * data_piece);
  for (int round = 0; round != 20; ++round) {
    const bool late = round >= 10;  // they have it all, and the news of its end is long on its way
    net.pause = late ? 300 : 0;
    const auto what = net.share(bytes);
    std::vector<std::future<bool>> all;
    for (std::size_t r = 1; r != 3; ++r) {
      all.push_back(std::async(std::launch::async, [&, r] {
        try {
          return net.ranks[r - 1]->find(what).place.bytes == bytes.size();
        } catch (const cohort::argument_error&) {
          return true;
        }
      }));
    }
    if (late) {
      for (auto& each : all) each.wait();
    } else {
      std::this_thread::sleep_for(std::chrono::microseconds{200 * round});
    }
    net.root.remove(what, net.tell);  // in the middle of it
    for (auto& each : all) EXPECT_TRUE(each.get());
    net.deliver();  // a task that begins now is behind it on its way
    EXPECT_THROW(net.look(1, what), cohort::argument_error);
    EXPECT_THROW(net.root.remove(what, net.tell), cohort::argument_error);
    EXPECT_THROW(static_cast<void>(net.root.find(what)), cohort::argument_error);
  }
  const auto never = net.share(bytes);
  EXPECT_THROW(net.look(2, {never.run, never.number + 1}), cohort::argument_error);
}

TEST(shared_data, are_not_waited_for_after_the_end) {
  data_rank left{[](const data_note&, std::span<const std::byte>) {}};  // nobody answers
  auto waits = std::async(std::launch::async, [&] { return left.find({1, 1}).data != nullptr; });
  std::this_thread::sleep_for(std::chrono::milliseconds{5});
  left.close();
  EXPECT_THROW(waits.get(), cohort::error);
}

TEST(shared_data, memory_of_another_process_is_told_from_anything_else) {
  node_block block{10'000};
  std::memset(block.data(), 7, block.size());
  block.seal();
  const auto found = node_block::find(block.place());
  ASSERT_TRUE(found);
  EXPECT_EQ(std::memcmp(found->data(), block.data(), block.size()), 0);
  auto other = block.place();
  other.tag ^= 1U;
  EXPECT_FALSE(node_block::find(other));
  other = block.place();
  other.descriptor = 0;
  EXPECT_FALSE(node_block::find(other));
  other = block.place();
  other.process = 0x7fffffff;
  EXPECT_FALSE(node_block::find(other));
  const auto gone = block.place();
  { const node_block ends = std::move(block); }
  EXPECT_FALSE(node_block::find(gone));
  EXPECT_EQ(static_cast<int>(found->data()[9'999]), 7);  // who has it keeps it
}

}  // namespace
