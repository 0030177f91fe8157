#include <cohort/collective/allreduce.hpp>
#include <cohort/pattern/detail/round_agreement.hpp>

namespace cohort::detail {

bool round_agreement::any(bool more) {
  // The greatest wins: 0 no more, 1 more, from 2 on a failure, the lowest rank's the greatest.
  const int last = comm_.size() + 1;
  const int mine = failure_ ? last - comm_.rank() : more ? 1 : 0;
  const int verdict = comm_.allreduce(mine, maximum{}, where_);
  if (verdict < 2) return verdict == 1;
  try {
    throw_rank_error(comm_, last - verdict, failure_, where_);
  } catch (const rank_error&) {
    thrown_ = std::current_exception();
    throw;
  }
}

void round_agreement::fail(const std::string& during) {
  if (thrown_) std::rethrow_exception(thrown_);
  if (!failure_) failure_ = describe_rank_failure(comm_, routine_, during);
}

void round_agreement::go_on() const {
  if (thrown_) std::rethrow_exception(thrown_);
  if (failure_) throw ended{};
}

}  // namespace cohort::detail
