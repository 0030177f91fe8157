#pragma once

#include <cohort/core/call_site.hpp>
#include <cohort/pattern/crew/survival.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace cohort::detail {

/// Whether a pattern is to go on when ranks are lost: what its options say, or else how the job was started.
[[nodiscard]] bool survives(const std::optional<bool>& wanted);

/// How it does; off unless `on`.
[[nodiscard]] crew::survival survival_of(bool on);

/// A fault-tolerant pattern is about to begin, with collective calls. From now on this process counts on losses
/// (see core/detail/loss.hpp), and on the root its exit status is the job's verdict. Throws error if a rank has
/// been lost already.
void begin_to_survive(const char* pattern, bool root, const call_site& where);
/// On the root of one that has begun: its collective calls are over, so that nothing waits for all ranks any more.
void all_have_met();
/// One that began before runs again. Throws error like that.
void begin_again(const char* pattern, const call_site& where);

/// Says on standard error, in one line, that a rank was lost. `host`: empty if it is not known.
void tell_loss(const char* pattern, int rank, const std::string& host, std::string_view why) noexcept;

}  // namespace cohort::detail
