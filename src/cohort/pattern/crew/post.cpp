#include <cohort/p2p/isend.hpp>
#include <cohort/pattern/crew/post.hpp>

namespace cohort::crew {

void post::send(letter& what, int dest, int tag) {
  if (what.empty()) return;
  leaving_.push_back(comm_.isend(what.take(), {.dest = dest, .tag = tag}));
}

void post::sweep() {
  // Letters to one rank go in order; to several ranks they may not, but a late sweep only costs memory.
  while (!leaving_.empty() && leaving_.front().test()) leaving_.pop_front();
}

void post::drain() {
  while (!leaving_.empty()) {
    leaving_.front().wait();
    leaving_.pop_front();
  }
}

}  // namespace cohort::crew
