#include "fibonacci/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace fibonacci {
namespace {

/// The computed terms, to be found by their number.
class catalogue {
 public:
  explicit catalogue(const results& computed) : computed_{computed}, order_(computed.terms.size()) {
    for (std::size_t i = 0; i != order_.size(); ++i) order_[i] = i;
    std::sort(order_.begin(), order_.end(), [&](auto a, auto b) { return number(a) < number(b); });
  }

  [[nodiscard]] const summary& operator[](std::uint64_t n) const { return computed_.terms[find(n)]; }
  [[nodiscard]] const summary& highest() const { return computed_.terms[order_.back()]; }
  /// The value as it is printed. Whole values are not copied; `room` keeps the others.
  [[nodiscard]] std::string_view value(std::uint64_t n, std::string& room) const {
    const auto i = find(n);
    if (!computed_.values.empty()) return computed_.values[i];
    room = computed_.terms[i].shown();
    return room;
  }

 private:
  [[nodiscard]] std::uint64_t number(std::size_t i) const { return computed_.terms[i].n; }
  [[nodiscard]] std::size_t find(std::uint64_t n) const {
    return *std::lower_bound(order_.begin(), order_.end(), n, [&](auto i, auto x) { return number(i) < x; });
  }

  const results& computed_;
  std::vector<std::size_t> order_;
};

void write_table(const std::vector<std::uint64_t>& asked, const catalogue& terms, bool quiet, const writer& write) {
  const auto& highest = terms.highest();
  const auto n_width = std::max<std::size_t>(1, fmt::formatted_size("{}", highest.n));
  const auto digits_width = std::max<std::size_t>(6, fmt::formatted_size("{}", highest.digits));
  if (!quiet) write(fmt::format("{:>{}}  {:>{}}  value\n", "n", n_width, "digits", digits_width));
  std::string room;
  for (const auto n : asked) {
    write(fmt::format("{:>{}}  {:>{}}  ", n, n_width, terms[n].digits, digits_width));
    write(terms.value(n, room));
    write("\n");
  }
  if (quiet) return;
  write(fmt::format("\nhighest term: F({}), {} digit{}\n", highest.n, highest.digits,
                    highest.digits == 1 ? "" : "s"));
}

void write_csv(const std::vector<std::uint64_t>& asked, const catalogue& terms, const writer& write) {
  write("n,digits,value\n");
  std::string room;
  for (const auto n : asked) {
    write(fmt::format("{},{},", n, terms[n].digits));
    write(terms.value(n, room));
    write("\n");
  }
}

void write_json_term(std::uint64_t n, const catalogue& terms, const writer& write) {
  std::string room;
  write(fmt::format(R"({{"n": {}, "digits": {}, "value": ")", n, terms[n].digits));
  write(terms.value(n, room));
  write("\"}");
}

void write_json(const std::vector<std::uint64_t>& asked, const catalogue& terms, const timing* time,
                const writer& write) {
  write("{\n  \"terms\": [");
  const char* separator = "\n    ";
  for (const auto n : asked) {
    write(separator);
    write_json_term(n, terms, write);
    separator = ",\n    ";
  }
  write("\n  ],\n  \"highest\": ");
  write_json_term(terms.highest().n, terms, write);
  if (time != nullptr) {
    write(fmt::format(
        ",\n  \"run\": {{\"ranks\": {}, \"wall_seconds\": {:.6f}, \"processor_seconds\": {:.6f}, "
        "\"one_rank_seconds\": {}, \"speed_up\": {:.3f}, \"speed_up_is\": \"{}\"}}",
        time->ranks, time->wall, time->processor, time->alone > 0 ? fmt::format("{:.6f}", time->alone) : "null",
        time->speed_up(), time->alone > 0 ? "measured" : "estimated"));
  }
  write("\n}\n");
}

}  // namespace

void write_report(const std::vector<std::uint64_t>& asked, const results& computed, const report_options& options,
                  const writer& write) {
  const catalogue terms{computed};
  switch (options.as) {
    case format::table:
      return write_table(asked, terms, options.quiet, write);
    case format::csv:
      return write_csv(asked, terms, write);
    case format::json:
      return write_json(asked, terms, options.quiet ? nullptr : &computed.time, write);
  }
}

std::string describe(const timing& time, std::size_t asked, std::size_t distinct) {
  std::string text;
  const auto out = std::back_inserter(text);
  fmt::format_to(out, "time: {:.{}f} s for {} term{}", time.wall, time.wall < 0.1 ? 6 : 3, asked,
                 asked == 1 ? "" : "s");
  if (distinct != asked) fmt::format_to(out, " ({} different)", distinct);
  fmt::format_to(out, " on {} rank{}\n", time.ranks, time.ranks == 1 ? "" : "s");
  if (time.alone > 0) {
    fmt::format_to(out, "speed-up over one rank: {:.2f} (measured: one rank alone took {:.3f} s)\n",
                   time.speed_up(), time.alone);
  } else {
    fmt::format_to(out,
                   "speed-up over one rank: {:.2f} (estimated: {:.3f} s of processor time over the time above; "
                   "--compare measures it)\n",
                   time.speed_up(), time.processor);
  }
  return text;
}

}  // namespace fibonacci
