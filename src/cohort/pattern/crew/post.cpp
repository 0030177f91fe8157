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

bool post::sent::test() {
  try {
    return letter.test();
  } catch (const mpi_error&) {
    if (!survives) throw;
    detail::completion::abandon(letter);  // whether its reader is lost, silence will tell
    return true;
  }
}

void post::send(letter& what, int dest, int tag) {
  if (what.empty()) return;
  leaving_.push_back({dest, comm_.isend(what.take(), {.dest = dest, .tag = tag}), survives_});
}

void post::sweep() {
  leaving_.sweep();
}

void post::drain() {
  for (auto& each : leaving_) each.letter.wait();
  leaving_.clear();
}

void post::give_up(int dest) {
  for (auto& each : leaving_) {
    if (each.dest == dest && each.letter.active()) detail::completion::abandon(each.letter);
  }
  leaving_.erase_if([dest](const sent& each) { return each.dest == dest; });
}

}  // namespace cohort::crew
