#pragma once

#include <cohort/pattern/executor/detail/data/data_note.hpp>
#include <cohort/pattern/executor/detail/task_home.hpp>
#include <cohort/pattern/travel/module_table.hpp>

#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>
#include <vector>

namespace cohort::detail {

/// The head of every task's frame.
struct frame_head {
  travel::function_key invoker;
  std::uint64_t number = 0;  ///< the task's, in the order of submission
  std::int32_t priority = 0;
  std::uint16_t say_started = 0;
  std::uint16_t guarded = 0;
  std::uint32_t members = 0;  ///< not 0: one of so many that run it; the gang (a crew::job) follows
};

/// What tasks and the root say to each other about tasks that tasks submit. Followed by the frame, or by the
/// outcome; a note of kind `data` by a data_note. The root's last, of kind `status`, says in `number` what
/// run_executor is to return.
struct nested_note {
  enum class kind : std::uint64_t { submit, cancel, unasked, succeeded, failed, data, status };
  kind what = kind::submit;
  std::uint64_t number = 0;  ///< as the submitting rank counts its nested tasks
  travel::function_key invoker;
  task_terms terms;
};
/// A nested_note about shared data, and what it says.
struct data_letter {
  nested_note head;
  data_note what;
};
static_assert(std::is_trivially_copyable_v<frame_head> && std::is_trivially_copyable_v<nested_note>);
static_assert(std::is_trivially_copyable_v<data_letter> &&
              sizeof(data_letter) == sizeof(nested_note) + sizeof(data_note));

/// A plain head and what follows it. @{
template <class Head>
[[nodiscard]] std::vector<std::byte> with_head(const Head& head, std::span<const std::byte> body) {
  std::vector<std::byte> bytes(sizeof head + body.size());
  std::memcpy(bytes.data(), &head, sizeof head);
  if (!body.empty()) std::memcpy(bytes.data() + sizeof head, body.data(), body.size());
  return bytes;
}
template <class Head>
[[nodiscard]] Head take_head(std::span<const std::byte>& bytes) {
  Head head;
  std::memcpy(&head, bytes.data(), sizeof head);
  bytes = bytes.subspan(sizeof head);
  return head;
}
/// @}

}  // namespace cohort::detail
