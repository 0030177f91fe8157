#pragma once

#include <cohort/core/request.hpp>
#include <cohort/p2p/irecv.hpp>
#include <cohort/p2p/probe.hpp>
#include <cohort/p2p/send.hpp>
#include <cohort/pattern/detail/range_pool.hpp>
#include <cohort/pattern/detail/team.hpp>

#include <cstdint>
#include <optional>
#include <vector>

namespace cohort::detail {

/// The messages of a loop over several nodes. Ranks of other nodes ask the hub for units; each node has a rank of
/// the hub that answers it, in turn, so that one long task on the hub does not hold up all nodes. Nothing blocks
/// for longer than a message of a few words takes to leave.
///
/// A rank may be asked for units of the next loop before it knows that this one has ended: even and odd loops have
/// tags of their own, so those messages wait.
class loop_mail {
 public:
  struct question {
    std::uint64_t portions = 0;  ///< wanted at most
    std::uint64_t failed = 0;    ///< 1: something failed on this node
  };

  loop_mail(team& members, std::uint64_t loop);

  /// The hub. @{
  /// Answers each question that has come with what `answer(question)` gives; false if none has come.
  template <class Answer>
  bool serve(Answer&& answer) {
    bool any = false;
    while (auto found = serves_ ? team_.lane.improbe({.tag = tag_of(asking)}) : std::nullopt) {
      question asked;
      found->recv_into(asked);
      const int who = found->source();
      team_.lane.send(answer(asked), {.dest = who, .tag = tag_of(granting)});  // the receive is posted
      any = true;
    }
    return any;
  }
  /// Tells the leaders of all other nodes that something failed. Once per loop, by one rank.
  void stop_all();
  /// @}

  /// Other nodes. @{
  /// Asks the hub; only if nothing is asked already.
  void ask(const question& what);
  [[nodiscard]] bool waits() const noexcept { return coming_.active(); }
  /// The hub's answer to the question, once it has come.
  std::optional<unit_range> answer();
  /// The hub has said that something failed: told once, on leaders.
  bool stopped();
  /// @}

  /// After a loop in which something failed, when all ranks have arrived: no message is left.
  void settle();

 private:
  enum kind : int { asking, granting, stopping };
  [[nodiscard]] int tag_of(kind what) const noexcept { return 2 * what + parity_; }

  team& team_;
  int parity_;
  bool serves_ = false;  ///< some node asks this rank
  bool awaits_ = false;  ///< a message that something failed may come
  int server_ = 0;       ///< whom this node asks
  question asked_;
  std::uint64_t word_ = 0;
  unit_range granted_;
  request<void> coming_;
  request<void> leaving_;
  std::vector<request<void>> stops_;
};

}  // namespace cohort::detail
