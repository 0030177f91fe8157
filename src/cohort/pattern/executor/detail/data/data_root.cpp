#include <cohort/core/error.hpp>
#include <cohort/pattern/executor/detail/data/data_root.hpp>
#include <cohort/pattern/executor/detail/nested_note.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace cohort::detail {

data_root::data_root(std::uint64_t run, int root, std::string host, int node_size)
    : run_{run}, root_{static_cast<dispatch::worker_id>(root)}, host_{std::move(host)}, node_size_{node_size} {}

data_name data_root::add(node_block&& block) {
  block.seal();
  const std::lock_guard lock{mutex_};
  const auto number = next_++;
  auto& made = arrays_[number];
  made.block = std::move(block);
  auto& here = made.copies[node_of(made, root_, host_)];
  here.owner = root_;
  here.place = made.block.place();
  return {run_, number};
}

void data_root::remove(data_name what, const teller& tell) {
  const std::lock_guard lock{mutex_};
  const auto found = what.run == run_ ? arrays_.find(what.number) : arrays_.end();
  if (found == arrays_.end()) throw_not_shared(what);
  data_note note;
  note.what = data_note::kind::ended;
  note.number = what.number;
  for (const auto worker : found->second.known_to) tell(worker, note, {});
  retire(std::move(found->second.block));
  arrays_.erase(found);
}

void data_root::lost(dispatch::worker_id rank, const teller& tell) {
  const std::lock_guard lock{mutex_};
  for (auto& [number, what] : arrays_) {
    what.known_to.erase(rank);
    std::vector<std::pair<std::string, std::vector<dispatch::worker_id>>> orphaned;
    for (auto& [node, here] : what.copies) {
      std::erase(here.waiting, rank);
      if (here.owner == rank) orphaned.emplace_back(node, std::move(here.waiting));
    }
    for (const auto& [node, waiting] : orphaned) {
      what.copies.erase(node);
      for (const auto each : waiting) ask(what, number, node, each, tell);
    }
  }
}

found_block data_root::find(data_name what) {
  const std::lock_guard lock{mutex_};
  const auto found = arrays_.find(what.number);
  if (found == arrays_.end()) throw_not_shared(what);
  return seen(found->second.block);
}

std::string data_root::node_of(const array& what, dispatch::worker_id rank, const std::string& host) const {
  if (what.alone.count(rank) != 0) return fmt::format("rank {}", rank);
  const auto part = node_size_ > 0 ? rank / static_cast<dispatch::worker_id>(node_size_) : 0;
  return fmt::format("{} {}", part, host);
}

void data_root::ask(array& what, std::uint64_t number, const std::string& node, dispatch::worker_id from,
                    const teller& tell) {
  what.known_to.insert(from);
  const bool first = what.copies.count(node) == 0;
  auto& here = what.copies[node];
  data_note answer;
  answer.number = number;
  if (here.place) {
    answer.what = data_note::kind::at;
    answer.place = *here.place;
  } else if (first) {
    here.owner = from;
    answer.what = data_note::kind::fetch;
    answer.place.bytes = what.block.size();
  } else {
    here.waiting.push_back(from);
    return;
  }
  tell(from, answer, {});
}

void data_root::hear(dispatch::worker_id from, const std::string& host, std::span<const std::byte> text,
                     const teller& tell) {
  const auto said = take_head<data_note>(text);
  const std::lock_guard lock{mutex_};
  data_note answer;
  answer.number = said.number;
  const auto found = arrays_.find(said.number);
  if (found == arrays_.end()) {
    answer.what = data_note::kind::ended;
    tell(from, answer, {});
    return;
  }
  auto& what = found->second;
  if (said.what == data_note::kind::alone) what.alone.insert(from);
  const auto node = node_of(what, from, host);
  switch (said.what) {
    case data_note::kind::ask:
    case data_note::kind::alone:
      ask(what, said.number, node, from, tell);
      break;
    case data_note::kind::more: {
      const std::span<const std::byte> all{what.block.data(), what.block.size()};
      const auto begin = static_cast<std::size_t>(said.offset);
      answer.what = data_note::kind::piece;
      answer.offset = said.offset;
      tell(from, answer, all.subspan(begin, std::min(data_piece, all.size() - begin)));
      break;
    }
    case data_note::kind::whole: {
      auto& here = what.copies[node];
      here.place = said.place;
      for (const auto each : std::exchange(here.waiting, {})) ask(what, said.number, node, each, tell);
      break;
    }
    default: {  // no memory: who asks later may have more luck
      answer.what = data_note::kind::lost;
      const auto waiting = std::move(what.copies[node].waiting);
      what.copies.erase(node);
      for (const auto each : waiting) tell(each, answer, text);
    }
  }
}

}  // namespace cohort::detail
