#include <cohort/pattern/executor/detail/executor_core.hpp>

namespace cohort::detail {

data_root::teller executor_core::data_teller() {
  return [this](dispatch::worker_id worker, const data_note& what, std::span<const std::byte> body) {
    data_letter letter{{}, what};
    letter.head.what = nested_note::kind::data;
    coordinator_.tell(worker, with_head(letter, body));
  };
}

void executor_core::unshare(data_name what) {
  {
    const std::lock_guard lock{mutex_};
    data_->remove(what, data_teller());
  }
  local_->release_data();
}

}  // namespace cohort::detail
