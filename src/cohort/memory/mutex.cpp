#include <cohort/memory/detail/hosted.hpp>
#include <cohort/memory/mutex.hpp>

namespace cohort {
namespace {

/// The words of a rank. Values are ranks, and `nobody`.
enum word : std::size_t {
  next,     ///< who comes after this rank
  waiting,  ///< this rank's turn has come when it is `nobody`
  tail      ///< the end of the queue; the host's is used
};
constexpr std::int32_t nobody = -1;

}  // namespace

distributed_mutex::distributed_mutex(const communicator& comm, mutex_options options, call_site where)
    : host_{options.host},
      words_{detail::hosted("distributed_mutex", comm, options.host, where), 3, nobody, where} {}

void distributed_mutex::lock(call_site where) {
  const int me = words_.rank();
  if (held_) {
    detail::throw_argument_error(
        "lock", me, "this rank ({}) holds the mutex already (it is not recursive); unlock it first", me, where);
  }
  // Own words change by MPI too, so that its atomic operations order them with those of the others.
  words_.exchange(nobody, {me, next}, where);
  words_.exchange(me, {me, waiting}, where);
  const auto before = words_.exchange(me, {host_, tail}, where);
  if (before != nobody) {
    words_.exchange(me, {before, next}, where);
    words_.wait_while(waiting, me, where);
  }
  held_ = true;
}

bool distributed_mutex::try_lock(call_site where) {
  if (held_) return false;
  const int me = words_.rank();
  words_.exchange(nobody, {me, next}, where);
  held_ = words_.compare_and_swap(nobody, me, {host_, tail}, where) == nobody;
  return held_;
}

void distributed_mutex::unlock(call_site where) {
  const int me = words_.rank();
  if (!held_) {
    detail::throw_argument_error("unlock", me, "this rank ({}) does not hold the mutex; lock it first", me, where);
  }
  held_ = false;
  if (words_.compare_and_swap(me, nobody, {host_, tail}, where) == me) return;
  // Somebody has taken the end of the queue from us, and will say who it is.
  const auto after = words_.wait_while(next, nobody, where);
  words_.exchange(nobody, {after, waiting}, where);
}

}  // namespace cohort
