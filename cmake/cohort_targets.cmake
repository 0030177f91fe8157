# What every target of this project shares: dependencies, warnings, sanitizers.
# The warnings and sanitizers stay private to the project and never reach a consumer.

set(MPI_CXX_SKIP_MPICXX ON)
find_package(MPI REQUIRED COMPONENTS CXX)
find_package(Boost 1.74 REQUIRED COMPONENTS mpi serialization)
find_package(fmt REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(Threads REQUIRED)

add_library(cohort_warnings INTERFACE)
# g++ 12 sees overlapping copies in ordinary string concatenation at -O3 (GCC bug 105651).
target_compile_options(cohort_warnings INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow
                                                 $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict> $<$<BOOL:${COHORT_WERROR}>:-Werror>)

if(COHORT_SANITIZE)
  # libMPI and its libraries are not instrumented: their leaks are listed in tests/support/lsan.supp.
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  # What clang 14 writes in front of a function to check calls by pointer, it cannot write in front of a coroutine's parts.
  add_compile_options($<$<CXX_COMPILER_ID:Clang>:-fno-sanitize=function>)
  add_link_options(-fsanitize=address,undefined)
endif()
