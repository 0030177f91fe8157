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
  cohort_bed_test(slurm_drain NEEDS hosts slurm ARGUMENTS ${PROJECT_BINARY_DIR} TIMEOUT 240 PROCESSORS 1)
  cohort_bed_test(slurm_farm NEEDS hosts slurm ARGUMENTS ${PROJECT_BINARY_DIR} TIMEOUT 240 PROCESSORS 1)
endif()

# Hosts of their own, since they are to be as nobody else has left them.
if(COHORT_BUILD_APPS)
  cohort_bed_test(slurm_node_lost ARGUMENTS ${PROJECT_BINARY_DIR} ${cohort_bed}-4 TIMEOUT 240 PROCESSORS 1)
  cohort_bed_test(slurm_batch_host_lost ARGUMENTS ${PROJECT_BINARY_DIR} ${cohort_bed}-8 TIMEOUT 300 PROCESSORS 1)
  add_test(NAME docs.cluster COMMAND bash ${CMAKE_CURRENT_SOURCE_DIR}/page.sh ${PROJECT_SOURCE_DIR}/docs/cluster.md
                                     ${PROJECT_BINARY_DIR} ${cohort_bed}-3)
  add_test(NAME docs.faults COMMAND bash ${CMAKE_CURRENT_SOURCE_DIR}/page.sh ${PROJECT_SOURCE_DIR}/docs/faults.md
                                    ${PROJECT_BINARY_DIR} ${cohort_bed}-7)
  set_tests_properties(docs.cluster docs.faults PROPERTIES LABELS "cluster;no_asan" PROCESSORS 1 TIMEOUT 300 SKIP_RETURN_CODE 77)
endif()

# What --fault-tolerant survives: beds of its own, on which anything may be lost. Most of the time goes by in waiting.
set(cohort_survivor_faults
    none rank_killed segfault stopped four_of_seven unplugged flapping daemon_killed host_crashed root_killed root_stopped
    root_elsewhere_killed root_host_crashed starting_host_crashed mpirun_killed run_killed everything_killed launcher_host_crashed)
set(cohort_farm_faults none rank_killed segfault stopped four_of_seven unplugged flapping daemon_killed host_crashed root_killed
                       mpirun_killed run_killed everything_killed)
if(COHORT_BUILD_APPS)
  add_executable(cluster_survivor survivor.cpp)
  target_link_libraries(cluster_survivor PRIVATE cohort::cohort cohort_warnings)
  set_target_properties(cluster_survivor PROPERTIES OUTPUT_NAME survivor)
  function(cohort_fault_test name)
    add_test(NAME cluster.${name} COMMAND bash ${CMAKE_CURRENT_SOURCE_DIR}/${ARGN})
    set_tests_properties(cluster.${name} PROPERTIES LABELS "cluster;no_asan" PROCESSORS 1 TIMEOUT 120 SKIP_RETURN_CODE 77 RESOURCE_LOCK
                                                    cohort_bed_5 FIXTURES_REQUIRED faulty_hosts)
  endfunction()
  set(survivor $<TARGET_FILE:cluster_survivor>)
  foreach(fault IN LISTS cohort_survivor_faults)
    cohort_fault_test(recovery.${fault} recovery.sh ${PROJECT_BINARY_DIR} ${survivor} ${cohort_bed}-5 ${fault})
  endforeach()
  foreach(fault IN LISTS cohort_farm_faults)
    cohort_fault_test(survive.${fault} survive.sh ${PROJECT_BINARY_DIR} ${cohort_bed}-5 ${fault})
  endforeach()
  cohort_fault_test(replace replace.sh ${PROJECT_BINARY_DIR} ${cohort_bed}-5)
  cohort_fault_test(random_faults random_faults.sh ${PROJECT_BINARY_DIR} ${cohort_bed}-5 5)
  set_tests_properties(cluster.random_faults PROPERTIES TIMEOUT 400)
  set_tests_properties(cluster.replace PROPERTIES TIMEOUT 240)
  cohort_fault_test(slurm_survive slurm_survive.sh ${PROJECT_BINARY_DIR} ${survivor} ${cohort_bed}-6)
  set_tests_properties(cluster.slurm_survive PROPERTIES TIMEOUT 280 RESOURCE_LOCK "" FIXTURES_REQUIRED "")
  add_test(NAME cluster.recovery.down COMMAND bash ${CMAKE_CURRENT_SOURCE_DIR}/down.sh)
  set_tests_properties(cluster.recovery.down PROPERTIES LABELS "cluster;no_asan" SKIP_RETURN_CODE 77 FIXTURES_CLEANUP faulty_hosts
                                                        ENVIRONMENT COHORT_BED=${cohort_bed}-5)
endif()

cohort_bed_test(down)
set_tests_properties(cluster.down PROPERTIES FIXTURES_CLEANUP hosts)
