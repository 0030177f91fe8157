cmake_minimum_required(VERSION 3.25)

# Runs COMMAND (a list, | for ;) and judges it: STATUS zero|nonzero, OUTPUT (regex that must match), ONCE (regex that
# must match exactly once), WITHOUT (regex that must not match). Standard output and error count together. The test's
# TIMEOUT stands against hangs.
string(REPLACE "|" ";" COMMAND "${COMMAND}")
execute_process(COMMAND ${COMMAND} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
message("${output}\nexit status: ${status}")
if(STATUS STREQUAL "zero" AND NOT status EQUAL 0)
  message(FATAL_ERROR "the exit status is ${status} instead of 0")
elseif(STATUS STREQUAL "nonzero" AND status EQUAL 0)
  message(FATAL_ERROR "the exit status is 0; it must say that something failed")
endif()
if(OUTPUT AND NOT output MATCHES "${OUTPUT}")
  message(FATAL_ERROR "the output does not match: ${OUTPUT}")
endif()
if(WITHOUT AND output MATCHES "${WITHOUT}")
  message(FATAL_ERROR "the output matches what it must not: ${WITHOUT}")
endif()
if(ONCE)
  string(REGEX REPLACE "${ONCE}" "@here@" marked "${output}")  # matches may hold semicolons, which part lists
  string(REGEX MATCHALL "@here@" found "${marked}")
  list(LENGTH found times)
  if(NOT times EQUAL 1)
    message(FATAL_ERROR "the output matches ${times} times, not once: ${ONCE}")
  endif()
endif()
