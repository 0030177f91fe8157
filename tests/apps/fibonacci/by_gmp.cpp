// by_gmp N...: the terms as cohort-fibonacci --csv --full prints them, computed
// by GMP's own function.
#include <gmp.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

int main(int argc, char** argv) {
  std::puts("n,digits,value");
  for (int i = 1; i < argc; ++i) {
    mpz_t value;
    mpz_init(value);
    mpz_fib_ui(value, std::strtoul(argv[i], nullptr, 10));
    char* text = mpz_get_str(nullptr, 10, value);
    std::printf("%s,%zu,%s\n", argv[i], std::strlen(text), text);
    std::free(text);
    mpz_clear(value);
  }
}
