#pragma once

#include <cohort/core/buffer.hpp>
#include <cohort/core/call_site.hpp>
#include <cohort/core/counts_view.hpp>
#include <cohort/core/datatype.hpp>
#include <cohort/core/detail/comm_state.hpp>
#include <cohort/core/options.hpp>
#include <cohort/core/status.hpp>

#include <concepts>
#include <memory>
#include <optional>
#include <span>

namespace boost::mpi {
class communicator;
}

namespace cohort {

template <class T = void>
class request;
class message;
template <class T>
struct gathered;
namespace detail {
template <class T>
struct collected;

/// Stands for boost::mpi::comm_attach, the third of its enumerators, without Boost.MPI's headers.
struct boost_attach {
  template <class Enum>
  requires std::is_enum_v<Enum>
  operator Enum() const noexcept {  // NOLINT(google-explicit-constructor)
    return static_cast<Enum>(2);
  }
};
}  // namespace detail

/// How a communicator takes over an MPI_Comm that somebody else made.
enum class ownership {
  duplicate,  ///< an own duplicate, with tags of its own; collective
  adopt,      ///< frees it in the end
  borrow      ///< uses it, never frees it; it must outlive this object
};

/// A group of ranks that can talk to each other, on messages of their own.
///
/// A handle: copies name the same MPI communicator, the last one frees it (or MPI_Finalize does, if that comes
/// first). Errors come as exceptions: argument_error for what was asked wrongly (found before any message is sent),
/// mpi_error for what MPI reports; the MPI error handler of our communicators is MPI_ERRORS_RETURN.
///
/// The operations are declared here and defined one per header; include <cohort/p2p.hpp>, <cohort/collective.hpp>
/// or the single header named beside each. What they take and return:
///   - plain values and contiguous ranges of plain elements (see datatype.hpp) go as they lie in memory, in one MPI
///   call;
///   - any other type is serialised (see serial/archive.hpp).
class communicator {
 public:
  /// Talks to nobody; every operation throws until a real one is assigned.
  communicator() noexcept = default;

  /// Takes `comm` over as `how` says. With ownership::duplicate a collective call over it.
  explicit communicator(MPI_Comm comm, ownership how = ownership::duplicate);
  /// The same for a Boost.MPI communicator.
  template <std::same_as<boost::mpi::communicator> Boost>
  explicit communicator(const Boost& comm, ownership how = ownership::duplicate)
      : communicator{static_cast<MPI_Comm>(comm), how} {}

  [[nodiscard]] int rank() const noexcept { return state_ ? state_->rank : unset; }
  [[nodiscard]] int size() const noexcept { return state_ ? state_->size : 0; }
  /// False for a default-constructed one, and for what split() gives a rank that took no part.
  explicit operator bool() const noexcept { return state_ != nullptr && state_->comm != MPI_COMM_NULL; }

  /// The MPI handle, still ours to free.
  [[nodiscard]] MPI_Comm native() const noexcept { return state_ ? state_->comm : MPI_COMM_NULL; }
  operator MPI_Comm() const noexcept { return native(); }  // NOLINT(google-explicit-constructor)
  /// A Boost.MPI communicator on the same MPI_Comm, which stays ours. Include <boost/mpi/communicator.hpp> first.
  template <std::same_as<boost::mpi::communicator> Boost>
  [[nodiscard]] explicit operator Boost() const {
    return Boost(native(), detail::boost_attach{});
  }

  /// The same ranks with messages of their own. Collective.
  [[nodiscard]] communicator duplicate(call_site where = call_site::current()) const;
  /// One communicator per value of `color`, its ranks in the order of `key`, then of their rank here. A rank that
  /// gives no color (std::nullopt) gets one that is false. Collective.
  [[nodiscard]] communicator split(std::optional<int> color, int key = 0,
                                   call_site where = call_site::current()) const;
  /// The ranks that share this rank's memory: those on its node. Collective.
  [[nodiscard]] communicator split_shared(int key = 0, call_site where = call_site::current()) const;

  // Point to point -------------------------------------------------------------------------------- p2p/

  /// p2p/send.hpp. Blocks until `what` may be changed again. One MPI_Send.
  template <class T>
  void send(const T& what, to where_to, call_site where = call_site::current()) const;
  /// p2p/isend.hpp. Starts sending. An lvalue or a view is borrowed: keep it, unchanged, until the request is
  /// complete. An rvalue container moves into the request, whose get() gives it back.
  template <class T>
  [[nodiscard]] auto isend(T&& what, to where_to, call_site where = call_site::current()) const;

  /// p2p/recv.hpp. Receives one message as a T. Plain values: one MPI_Recv, and a message of another length is an
  /// error. Containers and serialised types: the length is found out first (MPI_Mprobe and MPI_Mrecv: safe with
  /// threads).
  template <class T>
  [[nodiscard]] T recv(from where_from = {}, call_site where = call_site::current()) const;
  /// The same, with the message's source, tag and size in `info`.
  template <class T>
  [[nodiscard]] T recv(from where_from, status& info, call_site where = call_site::current()) const;
  /// p2p/recv.hpp. Receives into memory of the caller. Values and spans: one MPI_Recv of at most that many elements
  /// (a longer message is an error, a shorter one is told by the status). Containers are resized to what comes.
  template <class T>
  status recv_into(T&& destination, from where_from = {}, call_site where = call_site::current()) const;
  /// p2p/irecv.hpp. Starts receiving a plain value; the request owns it and get() returns it.
  template <plain T>
  [[nodiscard]] request<T> irecv(from where_from = {}, call_site where = call_site::current()) const;
  /// Starts receiving at most `count` elements into a container of the request; get() returns what came.
  template <class Container>
  [[nodiscard]] request<Container> irecv(std::size_t count, from where_from = {},
                                         call_site where = call_site::current()) const;
  /// Starts receiving into memory of the caller, which must stay until the request is complete.
  template <class T>
  [[nodiscard]] request<void> irecv_into(T&& destination, from where_from = {},
                                         call_site where = call_site::current()) const;

  /// p2p/sendrecv.hpp. Sends and receives at once, without deadlock. Into memory of the caller: one MPI_Sendrecv.
  template <class T, class U>
  status sendrecv_into(const T& what, U&& destination, exchange with, call_site where = call_site::current()) const;
  /// The same, returning what was received as a U; containers of any length (isend, then recv). If what comes is no
  /// U, the error is thrown when the send is complete.
  template <class U, class T>
  [[nodiscard]] U sendrecv(const T& what, exchange with, call_site where = call_site::current()) const;

  /// p2p/probe.hpp. Waits for a message without receiving it. With threads prefer mprobe.
  status probe(from where_from = {}, call_site where = call_site::current()) const;
  /// Looks for a message; never blocks.
  std::optional<status> iprobe(from where_from = {}, call_site where = call_site::current()) const;
  /// Waits for a message and takes it out of the matching: only the returned object can receive it.
  [[nodiscard]] message mprobe(from where_from = {}, call_site where = call_site::current()) const;
  /// Takes a message that has come out of the matching, if there is one; never blocks.
  [[nodiscard]] std::optional<message> improbe(from where_from = {}, call_site where = call_site::current()) const;

  // Collectives: every rank calls them, in the same order -------------------------------------------- collective/

  /// collective/barrier.hpp. Returns when every rank has come here.
  void barrier(call_site where = call_site::current()) const;

  /// collective/bcast.hpp. Copies the root's `value` to every rank. Plain values and spans: one MPI_Bcast (the same
  /// length everywhere). Containers are resized to the root's length, which travels with the first 1024 bytes in
  /// one call; a second one follows if there is more. Other types are serialised, the same way.
  template <class T>
  void bcast(T& value, rooted at = {}, call_site where = call_site::current()) const;
  /// The same, returning the value: auto n = world.bcast(rank == 0 ? read() : 0).
  template <class T>
  requires(!std::is_lvalue_reference_v<T>) auto bcast(T&& value, rooted at = {},
                                                      call_site where = call_site::current()) const;

  /// collective/scatter.hpp. Deals `whole` (which counts on the root only) out in blocks of consecutive elements:
  /// each rank n / size() of them, the first n % size() ranks one more. Up to 1 KiB per rank one call, else two.
  template <class Range>
  [[nodiscard]] auto scatter(const Range& whole, rooted at = {}, call_site where = call_site::current()) const;
  /// Deals out equal blocks as long as `part`: one MPI_Scatter, no allocation.
  template <class Range, class Part>
  void scatter_into(const Range& whole, Part&& part, rooted at = {}, call_site where = call_site::current()) const;
  /// collective/scatterv.hpp. Deals out counts[r] elements to rank r; both arguments count on the root only.
  ///
  /// The uneven collectives (scatterv, gatherv, allgatherv and their forms into memory) carry any length: what is
  /// too long for MPI's int counts goes as messages on a duplicate of this communicator, made at the first need.
  /// gatherv, gatherv_into and scatterv_into make it at their first call, since not every rank can see the need.
  template <class Range>
  [[nodiscard]] auto scatterv(const Range& whole, counts_view counts, rooted at = {},
                              call_site where = call_site::current()) const;
  /// Every rank knows how much it gets: one MPI_Scatterv (blocks beyond 2^31 / size() go as messages). Allocates
  /// displacements on the root.
  template <class Range, class Part>
  void scatterv_into(const Range& whole, counts_view counts, Part&& part, rooted at = {},
                     call_site where = call_site::current()) const;

  /// collective/gather.hpp. One thing of each rank, in the order of ranks, on the root (empty elsewhere). Values
  /// and ranges of one length everywhere: one MPI_Gather, a buffer. Other types, text too: serialised, a
  /// std::vector.
  template <class T>
  [[nodiscard]] typename detail::collected<T>::type gather(const T& mine, rooted at = {},
                                                           call_site where = call_site::current()) const;
  /// One MPI_Gather into memory of the root, no allocation. `all` counts on the root only.
  template <class T, class All>
  void gather_into(const T& mine, All&& all, rooted at = {}, call_site where = call_site::current()) const;
  /// collective/gatherv.hpp. Ranges of any length, joined on the root: auto [values, counts] = world.gatherv(mine).
  /// Contributions of up to 1 KiB ride along with the counts in one call.
  template <class Range>
  [[nodiscard]] auto gatherv(const Range& mine, rooted at = {}, call_site where = call_site::current()) const;
  /// The root knows the counts: one MPI_Gatherv (blocks beyond 2^31 / size() go as messages).
  template <class Range, class All>
  void gatherv_into(const Range& mine, All&& all, counts_view counts, rooted at = {},
                    call_site where = call_site::current()) const;

  /// collective/allgather.hpp. As gather, on every rank.
  template <class T>
  [[nodiscard]] typename detail::collected<T>::type allgather(const T& mine,
                                                              call_site where = call_site::current()) const;
  template <class T, class All>
  void allgather_into(const T& mine, All&& all, call_site where = call_site::current()) const;
  /// collective/allgatherv.hpp. As gatherv, on every rank.
  template <class Range>
  [[nodiscard]] auto allgatherv(const Range& mine, call_site where = call_site::current()) const;
  template <class Range, class All>
  void allgatherv_into(const Range& mine, All&& all, counts_view counts,
                       call_site where = call_site::current()) const;

  /// collective/reduce.hpp. Combines the ranks' values (ranges: element by element) with `op`; the root gets the
  /// result, a std::optional<T> that is empty elsewhere (ranges: a buffer). std::plus and friends are MPI's
  /// builtins; any stateless callable of two elements works, and is taken as associative but not commutative unless
  /// it says so.
  template <class T, class Op>
  [[nodiscard]] auto reduce(const T& mine, Op op, rooted at = {}, call_site where = call_site::current()) const;
  /// One MPI_Reduce into memory of the root, no allocation. `result` counts on the root only.
  template <class T, class Result, class Op>
  void reduce_into(const T& mine, Result&& result, Op op, rooted at = {},
                   call_site where = call_site::current()) const;
  /// collective/allreduce.hpp. As reduce, on every rank: the same T (ranges: a buffer).
  template <class T, class Op>
  [[nodiscard]] auto allreduce(const T& mine, Op op, call_site where = call_site::current()) const;
  template <class T, class Result, class Op>
  void allreduce_into(const T& mine, Result&& result, Op op, call_site where = call_site::current()) const;
  /// `values` is both: what this rank gives and what it gets.
  template <class T, class Op>
  void allreduce_in_place(T&& values, Op op, call_site where = call_site::current()) const;

  friend bool operator==(const communicator& a, const communicator& b) noexcept { return a.native() == b.native(); }

 private:
  friend struct detail::access;
  std::shared_ptr<detail::comm_state> state_;
};

inline detail::comm_state& detail::access::state(const communicator& comm, const char* routine,
                                                 const call_site& where) {
  if (!comm) [[unlikely]]
    no_communicator(comm.state_ != nullptr, routine, where);
  return *comm.state_;
}

}  // namespace cohort
