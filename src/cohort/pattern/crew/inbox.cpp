#include <cohort/core/detail/completion.hpp>
#include <cohort/core/mpi_error.hpp>
#include <cohort/core/request.hpp>
#include <cohort/p2p/probe.hpp>
#include <cohort/pattern/crew/inbox.hpp>

#include <algorithm>
#include <deque>
#include <new>
#include <utility>

namespace cohort::crew {
namespace {

/// A letter that is no longer is received as soon as it is there, whatever else is.
constexpr std::size_t small = 64U * 1024;
/// Others wait while so much is being received.
constexpr std::size_t room = 64U * 1024 * 1024;

}  // namespace

/// A letter that has begun to arrive.
struct inbox::coming {
  int source;
  std::size_t bytes;
  std::optional<message> unreceived;  ///< until there is room for it
  request<std::vector<std::byte>> letter;
  bool failed = false;
};

struct inbox::not_whole {
  std::deque<coming> letters;  ///< those of a sender in the order in which it sent them
};

inbox::inbox(const communicator& comm, from whom, silence* signs)
    : comm_{comm},
      whom_{whom},
      signs_{signs},
      coming_{signs != nullptr ? std::make_unique<not_whole>() : std::unique_ptr<not_whole>{}} {}

inbox::~inbox() {
  if (!coming_) return;
  for (auto& each : coming_->letters) abandon(each);
}

std::optional<inbox::arrived> inbox::next() {
  if (signs_ == nullptr) {
    auto found = comm_.improbe(whom_);
    if (!found) return std::nullopt;
    found->recv_into(in_);
    return arrived{found->source(), in_};
  }
  match();
  auto& letters = coming_->letters;
  std::vector<int> passed;  // senders of letters that are not whole: what they sent later has to wait
  for (auto each = letters.begin(); each != letters.end(); ++each) {
    if (std::find(passed.begin(), passed.end(), each->source) != passed.end()) continue;
    if (!whole(*each)) {
      passed.push_back(each->source);
      continue;
    }
    const auto source = each->source;
    if (each->bytes > small) receiving_ -= each->bytes;
    in_ = each->letter.get();
    letters.erase(each);
    return arrived{source, in_};
  }
  return std::nullopt;
}

/// Takes all that has arrived out of the matching, so that a sign of life is never hidden behind a large letter.
void inbox::match() {
  auto& letters = coming_->letters;
  while (auto found = comm_.improbe(whom_)) {
    const auto source = found->source();
    const auto bytes = found->info().bytes();
    letters.push_back({source, bytes, std::move(found), {}});
    if (signs_->lost(source)) {
      // What is large would have to be asked for, and it is not spoken to any more.
      if (bytes > small || !whole(letters.back())) abandon(letters.back());
      letters.pop_back();
    } else {
      signs_->heard(source);
    }
  }
}

bool inbox::whole(coming& one) {
  if (one.failed) return false;
  try {
    if (one.unreceived) {
      const bool large = one.bytes > small;
      if (large && receiving_ != 0 && receiving_ + one.bytes > room) return false;
      one.letter = one.unreceived->irecv<std::vector<std::byte>>();
      one.unreceived.reset();
      if (large) receiving_ += one.bytes;
    }
    return one.letter.test();
  } catch (const mpi_error& e) {
    one.failed = true;
    broken_.push_back({one.source, e.what()});
    return false;
  }
}

std::optional<inbox::broken> inbox::next_broken() {
  if (broken_.empty()) return std::nullopt;
  auto result = std::move(broken_.back());
  broken_.pop_back();
  return result;
}

void inbox::give_up(int source) {
  auto& letters = coming_->letters;
  for (auto& each : letters) {
    if (each.source != source) continue;
    abandon(each);
    if (each.bytes > small && !each.unreceived) receiving_ -= each.bytes;
  }
  std::erase_if(letters, [source](const coming& each) { return each.source == source; });
}

/// To receive it, or to wait until it is received, could take for ever.
void inbox::abandon(coming& one) {
  if (one.unreceived) [[maybe_unused]]
    auto* lost = new (std::nothrow) message(std::move(*one.unreceived));
  if (one.letter.active()) detail::completion::abandon(one.letter);
}

}  // namespace cohort::crew
