// journal_ends JOURNAL: the ends of tasks in a journal of cohort-farm, whatever list it belongs to, in their order.
//   seq exit signal bytes rank host

#include <cohort/journal/reader.hpp>

#include "farm/task_journal.hpp"

#include <cstdio>
#include <exception>

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  try {
    static_cast<void>(cohort::journal::read(argv[1], [](const cohort::journal::record& found) {
      const auto end = cohort_farm::decode_end(found.bytes);
      std::printf("%lu %d %d %lu %u %s\n", end.seq, end.exit_value, end.signal, end.out_bytes, end.rank,
                  end.host.c_str());
    }));
  } catch (const std::exception& e) {
    (void)std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
  return 0;
}
