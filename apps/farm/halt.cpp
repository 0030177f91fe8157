#include "farm/halt.hpp"

#include "farm/errors.hpp"
#include "farm/report/exit_status.hpp"

#include <fmt/format.h>

#include <charconv>

namespace cohort_farm {
namespace {

farm_error wrong(std::string_view text, std::string_view why) {
  return farm_error{
      fmt::format("--halt {} is not understood ({}); give never, or now or soon with fail=, success= or "
                  "done= and a number or a percentage, such as now,fail=1 or soon,fail=10%",
                  text, why)};
}

/// The short forms of GNU parallel.
std::string_view expanded(std::string_view text) {
  if (text == "0") return "never";
  if (text == "1") return "soon,fail=1";
  if (text == "2") return "now,fail=1";
  if (text == "-1") return "soon,success=1";
  if (text == "-2") return "now,success=1";
  return text;
}

}  // namespace

halt_rule parse_halt(std::string_view text) {
  halt_rule rule;
  std::string long_form{expanded(text)};
  if (long_form == "never") return rule;
  if (!long_form.empty() && long_form.back() == '%' && long_form.find(',') == std::string::npos) {
    long_form.insert(0, "soon,fail=");
  }
  std::string_view rest = long_form;
  const auto take = [&rest](char end) {
    const auto at = rest.find(end);
    const auto word = rest.substr(0, at);
    rest = at == std::string_view::npos ? std::string_view{} : rest.substr(at + 1);
    return word;
  };
  const auto when = take(',');
  const auto what = take('=');
  if (when == "soon") {
    rule.how = halt_rule::when::soon;
  } else if (when == "now") {
    rule.how = halt_rule::when::now;
  } else {
    throw wrong(text, "it begins with none of never, soon and now");
  }
  if (what == "fail") {
    rule.what = halt_rule::event::fail;
  } else if (what == "success") {
    rule.what = halt_rule::event::success;
  } else if (what == "done") {
    rule.what = halt_rule::event::done;
  } else {
    throw wrong(text, "fail=, success= or done= is missing");
  }
  if (!rest.empty() && rest.back() == '%') {
    rule.percent = true;
    rest.remove_suffix(1);
  }
  const auto [end, status] = std::from_chars(rest.data(), rest.data() + rest.size(), rule.amount);
  if (status != std::errc{} || end != rest.data() + rest.size()) throw wrong(text, "no whole number follows =");
  if (rule.amount == 0) throw wrong(text, "0 would end the run before it begins");
  if (rule.percent && rule.amount > 100) throw wrong(text, "more than 100% can never happen");
  return rule;
}

halt_policy::verdict halt_policy::ended(const task_end& how) noexcept {
  ++(how.succeeded() ? succeeded_ : failed_);
  if (rule_.how == halt_rule::when::never || verdict_ != verdict::go_on) return verdict_;
  using event = halt_rule::event;
  // A failure cannot complete a number of successes, nor the reverse, so only the counted kind is looked at.
  const auto count = rule_.what == event::fail      ? failed_
                     : rule_.what == event::success ? succeeded_
                                                    : failed_ + succeeded_;
  const bool reached = rule_.percent ? count * 100 >= rule_.amount * total_ && count != 0 : count >= rule_.amount;
  if (!reached) return verdict_;
  verdict_ = rule_.how == halt_rule::when::soon ? verdict::soon : verdict::now;
  if (rule_.what == event::success) {
    status_ = 0;
  } else if (rule_.percent) {
    status_ = failed_percent();
  } else if (rule_.amount == 1) {
    status_ = how.signal != 0 ? 128 + how.signal : how.exit_status < 0 ? error_status : how.exit_status;
  } else {
    status_ = cohort_farm::exit_status(failed_);
  }
  return verdict_;
}

int halt_policy::failed_percent() const noexcept {
  return total_ == 0 ? 0 : static_cast<int>((failed_ * 100 + total_ - 1) / total_);
}

std::optional<int> halt_policy::exit_status(std::uint64_t undone) const noexcept {
  if (!status_ && rule_.how != halt_rule::when::never && rule_.percent && undone == 0) return failed_percent();
  if (status_ == 0 && rule_.what == halt_rule::event::done && undone != 0)
    return cohort_farm::exit_status(undone + 100);
  return status_;
}

std::string halt_policy::reason() const {
  if (verdict_ == verdict::go_on) return {};
  using event = halt_rule::event;
  const auto name = rule_.what == event::fail ? "fail" : rule_.what == event::success ? "success" : "done";
  const auto verb = rule_.what == event::fail ? "failed" : rule_.what == event::success ? "succeeded" : "ended";
  const auto sign = rule_.percent ? "%" : "";
  const bool one = !rule_.percent && rule_.amount == 1;
  return fmt::format("{}{} {} {} (--halt {},{}={}{})", rule_.amount, sign,
                     rule_.percent ? "of the tasks"
                     : one         ? "task"
                                   : "tasks",
                     verb, rule_.how == halt_rule::when::soon ? "soon" : "now", name, rule_.amount, sign);
}

}  // namespace cohort_farm
