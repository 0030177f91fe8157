# Real hosts and a real Slurm, on this machine: see the scripts hosts and slurm. Where they cannot be made (no root), the
# tests say so and count as skipped.

string(MD5 bed_name ${CMAKE_BINARY_DIR})
string(SUBSTRING ${bed_name} 0 8 bed_name)
set(cohort_bed /tmp/cohort-bed-${bed_name}) # a bed for each build folder

# cohort_bed_test(NAME [ARGUMENTS arg ...] [NEEDS fixture ...] [MAKES fixture] [AFTER test ...] [LOCK] [TIMEOUT seconds])
#   runs NAME.sh as the test cluster.NAME. With LOCK it has the hosts to itself.
function(cohort_bed_test name)
  cmake_parse_arguments(arg "LOCK" "MAKES;TIMEOUT;PROCESSORS" "ARGUMENTS;NEEDS;AFTER" ${ARGN})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  if(NOT arg_PROCESSORS)
    set(arg_PROCESSORS 2)
  endif()
  add_test(NAME cluster.${name} COMMAND bash ${CMAKE_CURRENT_SOURCE_DIR}/${name}.sh ${arg_ARGUMENTS})
  set_tests_properties(cluster.${name} PROPERTIES LABELS "cluster;no_asan" PROCESSORS ${arg_PROCESSORS} TIMEOUT ${arg_TIMEOUT}
                                                  SKIP_RETURN_CODE 77 ENVIRONMENT COHORT_BED=${cohort_bed})
  if(arg_LOCK)
    set_tests_properties(cluster.${name} PROPERTIES RESOURCE_LOCK cohort_bed)
  endif()
  if(arg_NEEDS)
    set_tests_properties(cluster.${name} PROPERTIES FIXTURES_REQUIRED "${arg_NEEDS}")
  endif()
  if(arg_MAKES)
    set_tests_properties(cluster.${name} PROPERTIES FIXTURES_SETUP ${arg_MAKES})
  endif()
  if(arg_AFTER)
    set_tests_properties(cluster.${name} PROPERTIES DEPENDS "${arg_AFTER}")
  endif()
endfunction()

cohort_bed_test(up MAKES hosts LOCK)
cohort_bed_test(ssh NEEDS hosts LOCK)
cohort_bed_test(faults NEEDS hosts LOCK)
cohort_bed_test(nothing_left ARGUMENTS ${cohort_bed}-2)
cohort_bed_test(slurm_up NEEDS hosts MAKES slurm LOCK AFTER cluster.ssh cluster.faults)
# From here on nobody kills hosts any more, and jobs run side by side. The farm waits for Slurm most of the time.
cohort_bed_test(watchdog NEEDS hosts ARGUMENTS ${PROJECT_BINARY_DIR}/tests/observe/observe_programs AFTER cluster.slurm_up)
if(COHORT_BUILD_APPS)
  cohort_bed_test(mpirun NEEDS hosts ARGUMENTS ${PROJECT_BINARY_DIR} AFTER cluster.slurm_up TIMEOUT 240)
  cohort_bed_test(slurm_jobs NEEDS hosts slurm ARGUMENTS ${PROJECT_BINARY_DIR} TIMEOUT 240)
  cohort_bed_test(slurm_farm NEEDS hosts slurm ARGUMENTS ${PROJECT_BINARY_DIR} TIMEOUT 240 PROCESSORS 1)
endif()

# Hosts of their own, since they are to be as nobody else has left them.
if(COHORT_BUILD_APPS)
  cohort_bed_test(slurm_node_lost ARGUMENTS ${PROJECT_BINARY_DIR} ${cohort_bed}-4 TIMEOUT 240 PROCESSORS 1)
  add_test(NAME docs.cluster COMMAND bash ${CMAKE_CURRENT_SOURCE_DIR}/page.sh ${PROJECT_SOURCE_DIR}/docs/cluster.md
                                     ${PROJECT_BINARY_DIR} ${cohort_bed}-3)
  set_tests_properties(docs.cluster PROPERTIES LABELS "cluster;no_asan" PROCESSORS 1 TIMEOUT 300 SKIP_RETURN_CODE 77)
endif()

cohort_bed_test(down)
set_tests_properties(cluster.down PROPERTIES FIXTURES_CLEANUP hosts)
