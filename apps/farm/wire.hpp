#pragma once

#include <cohort/dispatch/types.hpp>
#include <cohort/pattern/crew/runner.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// What travels between the root and the runners, as bytes. All decoders throw format_error on bytes that are not
/// whole; views point into what was decoded.
namespace cohort_farm {

using bytes = std::vector<std::byte>;
using bytes_view = std::span<const std::byte>;

[[nodiscard]] inline bytes_view as_bytes(std::string_view text) {
  return std::as_bytes(std::span{text.data(), text.size()});
}
[[nodiscard]] inline std::string_view as_text(bytes_view data) {
  return {reinterpret_cast<const char*>(data.data()), data.size()};
}

/// Root to runner: the payload of a job. @{
struct task_order {
  std::uint64_t seq = 0;  ///< number of the task for the user, from 1
  std::string_view line;
  std::uint32_t attempt = 0;  ///< as users count: the retries before it
};
[[nodiscard]] std::size_t encoded_size(const task_order& what);
void encode(const task_order& what, std::byte* to);
[[nodiscard]] bytes encode(const task_order& what);
[[nodiscard]] task_order decode_task(bytes_view data);
/// @}

enum class stream : std::uint8_t { out, err };

/// Runner to root: how an attempt ended; the payload of its report (succeeded, failed and stopped alike).
struct completion {
  /// Where its output is.
  enum class place : std::uint8_t {
    here,       ///< in out and err
    at_runner,  ///< kept there until the root sends a release; ask for it by `fetch`
    in_files,   ///< --results; out is empty, err has at most a message of the runner's
    unwritten   ///< --results, but the files could not be written: err says why. The task has not ended
  };
  std::uint64_t seq = 0;
  std::uint32_t attempt = 0;  ///< as task_order::attempt, from 0
  /// 126: the command could not be started, 127: not found (err says why). 74 (EX_IOERR): it succeeded, but its
  /// output could not be kept (err says why).
  std::int32_t exit_status = 0;
  std::int32_t signal = 0;  ///< that ended it, or 0
  place where = place::here;
  double start = 0;    ///< seconds since the epoch
  double runtime = 0;  ///< seconds
  std::uint64_t out_bytes = 0;
  std::uint64_t err_bytes = 0;
  std::string out;
  std::string err;
  std::string host = {};  ///< where it ran; empty: where its worker is

  [[nodiscard]] bool succeeded() const noexcept { return exit_status == 0 && signal == 0; }
};
[[nodiscard]] bytes encode(const completion& what);
[[nodiscard]] completion decode_completion(bytes_view data);

/// Root to runner: a message. @{
struct fetch {
  cohort::crew::job of;
  stream from = stream::out;
  std::uint64_t offset = 0;
  std::uint64_t most = 0;  ///< bytes; never more than largest_chunk come
};
/// The output of this attempt is no longer needed.
struct release {
  cohort::crew::job of;
};
/// Begin nothing more: what waits is reported as stopped. With `stop`, what runs is told to end, and killed after
/// `grace` nanoseconds.
struct wind_up {
  bool stop = false;
  std::int64_t grace = 0;
};
using request = std::variant<fetch, release, wind_up>;
[[nodiscard]] bytes encode(const fetch& what);
[[nodiscard]] bytes encode(const release& what);
[[nodiscard]] bytes encode(const wind_up& what);
[[nodiscard]] request decode_request(bytes_view data);
/// @}

inline constexpr std::size_t largest_chunk = 256 * 1024;

/// Runner to root, as a note: the answer to a fetch; without data: there is no more (or no such output). A note
/// without bytes is no chunk: its rank was told by SIGUSR1 that the run is to drain. @{
struct chunk {
  cohort::crew::job of;
  stream from = stream::out;
  std::uint64_t offset = 0;
  bytes_view data;
};
[[nodiscard]] bytes encode(const chunk& what);
[[nodiscard]] chunk decode_chunk(bytes_view data);
/// @}

}  // namespace cohort_farm
