#include <cohort/core/error.hpp>
#include <cohort/pattern/executor/detail/guard/guard_order.hpp>
#include <cohort/pattern/executor/detail/guard/guarded_data.hpp>
#include <cohort/pattern/executor/detail/guard/sockets.hpp>
#include <cohort/pattern/executor/detail/nested_note.hpp>

#include <string>
#include <unistd.h>

namespace cohort::detail {

found_block guarded_data::find(data_name what) {
  const std::lock_guard lock{mutex_};
  const std::pair key{what.run, what.number};
  if (const auto known = found_.find(key); known != found_.end()) return seen(known->second);
  const guard_outcome head{sizeof what, guard_outcome::kind::asks};
  guard_answer answer;
  const auto told = write_all(socket_, with_head(head, std::as_bytes(std::span{&what, 1}))) &&
                    read_all(socket_, std::as_writable_bytes(std::span{&answer, 1}));
  std::string fault(answer.bytes, ' ');
  if (!told || !read_all(socket_, std::as_writable_bytes(std::span{fault}))) ::_exit(1);  // the rank is gone
  if (!fault.empty()) throw error{fault};
  auto block = node_block::find(answer.place);
  if (!block) {
    throw error{
        "shared_data: a guarded task does not see its rank's memory (it has no right to the rank's entries in "
        "/proc, "
        "or a /proc of its own); run the task unguarded"};
  }
  return seen(found_.emplace(key, std::move(*block)).first->second);
}

}  // namespace cohort::detail
