#include <cohort/p2p/isend.hpp>
#include <cohort/p2p/recv.hpp>
#include <cohort/pattern/detail/loop_mail.hpp>

namespace cohort::detail {

loop_mail::loop_mail(team& members, std::uint64_t loop)
    : team_{members},
      parity_{static_cast<int>(loop % 2)},
      awaits_{members.node != 0 && members.node_rank == 0},
      server_{members.hub[static_cast<std::size_t>(members.node) % members.hub.size()]} {
  if (members.node != 0) return;
  const auto ranks = static_cast<int>(members.hub.size());
  for (int node = 1; node < members.nodes() && !serves_; ++node) serves_ = node % ranks == members.node_rank;
}

void loop_mail::stop_all() {
  for (int node = 1; node < team_.nodes(); ++node) {
    const int leader = team_.node_leaders[static_cast<std::size_t>(node)];
    stops_.push_back(team_.lane.isend(word_, {.dest = leader, .tag = tag_of(stopping)}));
  }
}

void loop_mail::ask(const question& what) {
  leaving_.wait();  // has been answered, so it has left
  asked_ = what;
  coming_ = team_.lane.irecv_into(granted_, {.source = server_, .tag = tag_of(granting)});
  leaving_ = team_.lane.isend(asked_, {.dest = server_, .tag = tag_of(asking)});
}

std::optional<unit_range> loop_mail::answer() {
  if (!coming_.active() || !coming_.test()) return std::nullopt;
  return granted_;
}

bool loop_mail::stopped() {
  if (!awaits_) return false;
  auto found = team_.lane.improbe({.tag = tag_of(stopping)});
  if (!found) return false;
  found->recv_into(word_);
  awaits_ = false;
  return true;
}

void loop_mail::settle() {
  if (awaits_) (void)team_.lane.recv<std::uint64_t>({.tag = tag_of(stopping)});
  awaits_ = false;
  for (auto& each : stops_) each.wait();
  stops_.clear();
}

}  // namespace cohort::detail
