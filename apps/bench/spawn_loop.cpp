// spawn_loop N SLOTS PROGRAM [ARG...]: runs PROGRAM N times, SLOTS at a time, by posix_spawn and nothing else: the
// least that any task runner on this machine can need. Prints commands per second.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fprintf(stderr, "usage: spawn_loop N SLOTS PROGRAM [ARG...]\n");
    return 2;
  }
  const long n = std::atol(argv[1]);
  const long slots = std::atol(argv[2]);
  const auto begun = std::chrono::steady_clock::now();
  long started = 0;
  long running = 0;
  long bad = 0;
  while (started < n || running > 0) {
    if (started < n && running < slots) {
      pid_t pid = 0;
      if (posix_spawn(&pid, argv[3], nullptr, nullptr, argv + 3, environ) != 0) return 1;
      ++started;
      ++running;
    } else {
      int status = 0;
      if (wait(&status) < 0) return 1;
      bad += status != 0 ? 1 : 0;
      --running;
    }
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  std::printf("%.1f\n", static_cast<double>(n) / seconds);
  return bad == 0 ? 0 : 1;
}
