#include "fibonacci/command_line.hpp"

#include "fibonacci/terms.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <sstream>
#include <string_view>
#include <unistd.h>

namespace fibonacci {
namespace {

constexpr int usage_status = 2;
constexpr int input_status = 1;

constexpr const char* description =
    "Computes terms of the Fibonacci sequence on all ranks, exactly and at any size:\n"
    "F(0) = 0, F(1) = 1, F(n) = F(n-1) + F(n-2). Says which of them is the highest.\n"
    "\n"
    "  mpirun -n 4 cohort-fibonacci 10 50..60 1000000\n"
    "  mpirun -n 4 cohort-fibonacci --csv --file numbers.txt > terms.csv\n"
    "  seq 1000 | mpirun -n 4 cohort-fibonacci -";

constexpr const char* footer =
    "A file holds numbers and ranges, one or more per line; # begins a comment.\n"
    "Terms are printed in the order asked for, and computed once each.\n"
    "\n"
    "The time runs from the scatter of the numbers to the end of the gather of the terms. The speed-up over one "
    "rank\n"
    "is estimated as the processor time that all ranks together spent computing, over that time; ranks that share "
    "a\n"
    "core do not count twice. With --compare it is measured: the time of one rank alone over that time.\n"
    "In a table both follow the terms; with --csv they go to standard error, with --json into \"run\".\n"
    "\n"
    "Exit status: 0 all terms computed; 1 an input file is bad, or the output could not be written;\n"
    "2 the command line is wrong.";

unsigned long long host_memory() {
  return static_cast<unsigned long long>(::sysconf(_SC_PHYS_PAGES)) *
         static_cast<unsigned long long>(::sysconf(_SC_PAGE_SIZE));
}

early_exit failure(int status, std::string_view what) {
  return cohort_apps::failure("cohort-fibonacci", status, what);
}

/// A negative number looks like an option to the parser of the command line, whose message would not help.
void refuse_negative_numbers(int argc, const char* const* argv, const limits& allowed) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    std::vector<std::uint64_t> ignored;
    if (word.size() > 1 && word[0] == '-' && std::isdigit(static_cast<unsigned char>(word[1])) != 0) {
      parse_word(word, allowed, ignored);
    }
  }
}

}  // namespace

std::variant<request, early_exit> read_request(int argc, const char* const* argv) {
  request wanted;
  limits allowed;
  std::vector<std::string> words;
  std::vector<std::string> files;
  bool csv = false;
  bool json = false;

  CLI::App app{description, "cohort-fibonacci"};
  app.footer(footer);
  app.add_option("terms", words,
                 "A number n, a range 10..20 or 0..100..10 (with a step), a file of them, or - for standard input")
      ->type_name("N | RANGE | FILE");
  app.add_option("-f,--file", files,
                 "Read terms from FILE as well (- for standard input); may be given several times")
      ->type_name("FILE")
      ->allow_extra_args(false);
  app.add_flag("--full", wanted.full,
               "Print whole values; otherwise long ones are shortened to 1234567890…0987654321");
  auto* csv_flag = app.add_flag("--csv", csv, "Print the terms as CSV (n,digits,value)");
  app.add_flag("--json", json, "Print terms, highest term and times as JSON (values as strings)")
      ->excludes(csv_flag);
  app.add_flag("-q,--quiet", wanted.report.quiet, "Print the terms alone: no heading, highest term or times");
  app.add_flag("--compare", wanted.compare, "Then compute everything on one rank too, to measure the speed-up");
  app.add_option("--limit", allowed.highest,
                 "The highest n allowed. F(10^9) takes seconds and 600 MB of memory on its rank")
      ->type_name("N")
      ->capture_default_str()
      ->check(CLI::Range(std::uint64_t{0}, highest_possible));
  app.set_version_flag("--version", "cohort-fibonacci " COHORT_VERSION);

  try {
    refuse_negative_numbers(argc, argv, allowed);
    app.parse(argc, argv);
  } catch (const CLI::Success& e) {
    std::ostringstream text;
    app.exit(e, text, text);
    return early_exit{0, text.str()};
  } catch (const CLI::ParseError& e) {
    return failure(usage_status, fmt::format("{}; see cohort-fibonacci --help", e.what()));
  } catch (const input_error& e) {
    return failure(usage_status, e.what());
  }
  wanted.report.as = csv ? format::csv : json ? format::json : format::table;

  if (words.empty() && files.empty()) {
    return failure(
        usage_status,
        "no terms asked for (neither numbers nor a file are given); give some, such as 10..20, or see --help");
  }
  try {  // the words first: a wrong command line is told before any file, or a terminal, is read
    for (const auto& word : words) {
      if (looks_like_terms(word)) parse_word(word, allowed, wanted.asked);
    }
  } catch (const input_error& e) {
    return failure(usage_status, e.what());
  }
  try {
    wanted.asked.clear();
    for (const auto& word : words) {
      if (looks_like_terms(word)) {
        parse_word(word, allowed, wanted.asked);
      } else {
        parse_file(word, allowed, wanted.asked);
      }
    }
    for (const auto& file : files) parse_file(file, allowed, wanted.asked);
    wanted.distinct = wanted.asked;
    std::sort(wanted.distinct.begin(), wanted.distinct.end());
    wanted.distinct.erase(std::unique(wanted.distinct.begin(), wanted.distinct.end()), wanted.distinct.end());
    if (wanted.full) require_memory(wanted.distinct, host_memory());
  } catch (const input_error& e) {
    return failure(input_status, e.what());
  }
  return wanted;
}

}  // namespace fibonacci
