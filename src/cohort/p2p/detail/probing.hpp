#pragma once

#include <cohort/core/call_site.hpp>
#include <cohort/core/detail/comm_state.hpp>
#include <cohort/core/detail/payload.hpp>
#include <cohort/core/options.hpp>
#include <cohort/core/request.hpp>
#include <cohort/core/status.hpp>
#include <cohort/p2p/probe.hpp>

#include <exception>
#include <memory>
#include <optional>

namespace cohort::detail {

/// A receive of unknown length: the part of probing_request<T> that does not know T.
///
/// MPI cannot post such a receive, so it meets its message when somebody looks. That two of them never swap
/// messages is a matter of order, kept by the list of those that have met none (comm_state::unmatched, oldest
/// first): before one takes the next message of a sender, every older one that would take that message, or an
/// earlier one of the same sender, is served first. Both orders are MPI's own (of posting, and of sending per pair
/// of ranks), so the outcome is what posted receives would give if the messages of different senders arrived in
/// some order.
///
/// Thread-safe: a lock on the list, held only around calls that do not block (MPI_Iprobe, MPI_Improbe, MPI_Imrecv).
class probing {
 public:
  probing(std::shared_ptr<comm_state> state, from pattern, const call_site& where);
  probing(const probing&) = delete;
  probing& operator=(const probing&) = delete;
  virtual ~probing() = default;

  /// Puts it on the list. Apart from the constructor, since from then on another thread may call room().
  void enlist();
  /// Takes it off the list, or completes it if it has met a message. The owner calls it before it destroys this.
  void end() noexcept;

  [[nodiscard]] bool active() const;
  void wait();
  [[nodiscard]] bool test();
  void cancel();
  [[nodiscard]] const status& info() const noexcept { return info_; }

 protected:
  [[noreturn]] void throw_short(std::size_t came, std::size_t wanted) const;
  [[nodiscard]] receive_place place() const noexcept { return {"irecv", state_->rank, where_}; }

 private:
  /// Memory for the message that `info` tells of, which it may correct. If it throws, the owner's next call does,
  /// and the message is lost.
  virtual view room(status& info) = 0;
  /// The message lies in that memory.
  virtual void arrived(const status& info) = 0;

  enum class stage {
    listed,    ///< has met no message
    blocking,  ///< the same, and its owner waits for one in MPI_Mprobe
    coming,    ///< has met one: it is being received (pending_), or was refused (error_)
    complete
  };
  enum class outcome { met, none, busy };

  [[nodiscard]] bool takes(int source, int tag) const noexcept;
  // These with the lock held:
  [[nodiscard]] bool older_overlaps() const noexcept;
  [[nodiscard]] outcome look();
  [[nodiscard]] outcome serve(int source);
  [[nodiscard]] bool probe(int source, int tag, status& info) const;
  [[nodiscard]] bool take(int source, int tag);
  void unlist() noexcept;

  void probe_and_receive();
  bool receive_coming(bool block);
  void check_call(int code, const char* routine) const;

  std::shared_ptr<comm_state> state_;
  from pattern_;
  call_site where_;
  probing* older_ = nullptr;
  probing* newer_ = nullptr;
  stage stage_ = stage::complete;
  pending pending_;
  std::optional<matched_message> refused_;
  std::exception_ptr error_;
  status info_;
};

}  // namespace cohort::detail
