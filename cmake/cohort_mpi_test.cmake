# How tests are declared.
#
#   cohort_test(name SOURCES a.cpp ... [LIBS lib ...] [TIMEOUT seconds])
#     a GoogleTest program without MPI.
#   cohort_mpi_test(name SOURCES a.cpp ... [LIBS lib ...] [RANKS 1 2 3 4 7] [TIMEOUT seconds] [DEFINITIONS A=1 ...])
#     a GoogleTest program that runs under mpirun once per number of ranks, as name.np1, name.np2, ... With DEFINITIONS
#     the headers mean something else: they are not taken from the precompiled ones.
#   cohort_mpi_run(name COMMAND program arg ... RANKS n ... [TIMEOUT seconds])
#     any program under mpirun, judged by its exit status.
#   cohort_judge(name COMMAND program arg ... [RANKS n] STATUS zero|nonzero [OUTPUT regex] [ONCE regex] [WITHOUT regex]
#                [TIMEOUT seconds])
#     a program (under mpirun if RANKS is given), judged by exit status and output; see tests/support/judge.cmake.
#   cohort_needs(program ...)
#     says which applications the tests of a folder run, but for cohort-run and cohort-farm: they are built with these tests
#     where not all are (COHORT_TEST_FOLDERS).
#
# Every test has PROCESSORS and TIMEOUT. More ranks than cores is normal here.

set(COHORT_MPIRUN ${MPIEXEC_EXECUTABLE} --oversubscribe ${MPIEXEC_NUMPROC_FLAG})
# The same for a job that is to fail; mpirun may hang after it.
set(COHORT_FAILING_MPIRUN bash ${PROJECT_SOURCE_DIR}/tests/support/mpirun.sh ${COHORT_MPIRUN})
set(COHORT_TEST_ENVIRONMENT
    OMPI_ALLOW_RUN_AS_ROOT=1
    OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
    OMPI_MCA_hwloc_base_binding_policy=none
    OMPI_MCA_mpi_yield_when_idle=1
    "LSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/support/lsan.supp:print_suppressions=0"
    "ASAN_OPTIONS=detect_odr_violation=0:alloc_dealloc_mismatch=1:fast_unwind_on_malloc=0:detect_leaks=0"
    UBSAN_OPTIONS=print_stacktrace=1)
if(COHORT_SANITIZE)
  # Open MPI unloads its components before leaks are looked for; loaded, they have names that lsan.supp can list.
  list(APPEND COHORT_TEST_ENVIRONMENT OMPI_MCA_mca_base_component_disable_dlclose=1)
endif()
# Leaks are looked for where there is one process: among MPI's threads, clang 14's search crashes now and then.
string(REPLACE "detect_leaks=0" "detect_leaks=1" COHORT_ALONE_ENVIRONMENT "${COHORT_TEST_ENVIRONMENT}")

add_custom_target(cohort_needed ALL)
function(cohort_needs)
  foreach(program IN LISTS ARGN)
    if(TARGET ${program})
      add_dependencies(cohort_needed ${program})
    endif()
  endforeach()
endfunction()
cohort_needs(cohort-run cohort-farm)

# Time allowed to one test: sanitized programs are slower.
function(cohort_test_timeout out seconds)
  if(COHORT_SANITIZE)
    math(EXPR seconds "3 * ${seconds}")
  endif()
  set(${out} ${seconds} PARENT_SCOPE)
endfunction()

function(cohort_test name)
  cmake_parse_arguments(arg "" "TIMEOUT" "SOURCES;LIBS" ${ARGN})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 60)
  endif()
  cohort_test_timeout(timeout ${arg_TIMEOUT})
  add_executable(${name} ${arg_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_link_libraries(${name} PRIVATE cohort::cohort cohort_warnings ${arg_LIBS} fmt::fmt GTest::gtest GTest::gtest_main)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES PROCESSORS 1 TIMEOUT ${timeout} ENVIRONMENT "${COHORT_ALONE_ENVIRONMENT}")
endfunction()

function(cohort_mpi_run name)
  cmake_parse_arguments(arg "" "TIMEOUT" "COMMAND;RANKS" ${ARGN})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 60)
  endif()
  cohort_test_timeout(timeout ${arg_TIMEOUT})
  foreach(ranks IN LISTS arg_RANKS)
    add_test(NAME ${name}.np${ranks} COMMAND ${COHORT_MPIRUN} ${ranks} ${arg_COMMAND})
    # Ranks beyond the cores take turns, so a test never claims more than two.
    set_tests_properties(${name}.np${ranks} PROPERTIES PROCESSORS $<IF:$<EQUAL:${ranks},1>,1,2> TIMEOUT ${timeout}
                                                       ENVIRONMENT "${COHORT_TEST_ENVIRONMENT}")
  endforeach()
endfunction()

function(cohort_judge name)
  cmake_parse_arguments(arg "" "TIMEOUT;RANKS;STATUS;OUTPUT;ONCE;WITHOUT" "COMMAND" ${ARGN})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 60)
  endif()
  cohort_test_timeout(timeout ${arg_TIMEOUT})
  set(processors 1)
  if(arg_RANKS)
    set(processors 2)
    set(launcher ${COHORT_MPIRUN})
    if(arg_STATUS STREQUAL "nonzero")
      set(launcher ${COHORT_FAILING_MPIRUN})
    endif()
    list(PREPEND arg_COMMAND ${launcher} ${arg_RANKS})
  endif()
  list(JOIN arg_COMMAND "|" command)
  add_test(NAME ${name} COMMAND ${CMAKE_COMMAND} "-DCOMMAND=${command}" -DSTATUS=${arg_STATUS}
                                "-DOUTPUT=${arg_OUTPUT}" "-DONCE=${arg_ONCE}" "-DWITHOUT=${arg_WITHOUT}"
                                -P ${PROJECT_SOURCE_DIR}/tests/support/judge.cmake)
  set_tests_properties(${name} PROPERTIES PROCESSORS ${processors} TIMEOUT ${timeout} ENVIRONMENT "${COHORT_TEST_ENVIRONMENT}")
endfunction()

function(cohort_mpi_test name)
  cmake_parse_arguments(arg "" "TIMEOUT" "SOURCES;LIBS;RANKS;DEFINITIONS" ${ARGN})
  if(NOT arg_RANKS)
    set(arg_RANKS 1 2 3 4 7)
  endif()
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE cohort::cohort cohort_warnings cohort_test_support ${arg_LIBS})
  if(arg_DEFINITIONS)
    target_compile_definitions(${name} PRIVATE ${arg_DEFINITIONS})
  else()
    target_precompile_headers(${name} REUSE_FROM cohort_test_headers)
  endif()
  cohort_mpi_run(${name} COMMAND $<TARGET_FILE:${name}> RANKS ${arg_RANKS} TIMEOUT ${arg_TIMEOUT})
endfunction()
