#include <cohort/core/detail/completion.hpp>
#include <cohort/core/mpi_error.hpp>
#include <cohort/p2p/isend.hpp>
#include <cohort/pattern/crew/post.hpp>

namespace cohort::crew {

post::~post() {
  if (!survives_) return;  // the requests complete
  for (auto& each : leaving_) {
    if (each.letter.active()) detail::completion::abandon(each.letter);
  }
}

void post::send(letter& what, int dest, int tag) {
  if (what.empty()) return;
  leaving_.push_back({dest, comm_.isend(what.take(), {.dest = dest, .tag = tag})});
}

void post::sweep() {
  // Letters to one rank go in order; to several ranks they may not, but a late sweep only costs memory.
  try {
    while (!leaving_.empty() && leaving_.front().letter.test()) leaving_.pop_front();
  } catch (const mpi_error&) {
    if (!survives_) throw;
    // Whether its reader is lost, silence will tell.
    detail::completion::abandon(leaving_.front().letter);
    leaving_.pop_front();
  }
}

void post::drain() {
  while (!leaving_.empty()) {
    leaving_.front().letter.wait();
    leaving_.pop_front();
  }
}

void post::give_up(int dest) {
  for (auto& each : leaving_) {
    if (each.dest == dest && each.letter.active()) detail::completion::abandon(each.letter);
  }
  std::erase_if(leaving_, [dest](const sent& each) { return each.dest == dest; });
}

}  // namespace cohort::crew
