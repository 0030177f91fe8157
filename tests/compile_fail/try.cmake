cmake_minimum_required(VERSION 3.25)

# Compiles SOURCE (syntax only) and compares what COMPILER says with each "// EXPECT: regex" of the source; without one
# it must compile.
include(${CMAKE_CURRENT_LIST_DIR}/compile.cmake)
file(STRINGS ${SOURCE} expected REGEX "^// EXPECT: ")
string(REPLACE "\\;" "." expected "${expected}") # file(STRINGS) escapes semicolons
list(TRANSFORM expected REPLACE "^// EXPECT: " "")
execute_process(COMMAND ${compile} -fsyntax-only -include ${HEADERS} ${SOURCE}
                RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(expected STREQUAL "")
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "the control does not compile:\n${output}")
  endif()
elseif(status EQUAL 0)
  message(FATAL_ERROR "this misuse compiles; expected: ${expected}")
endif()
foreach(text IN LISTS expected)
  if(NOT output MATCHES "${text}")
    message(FATAL_ERROR "it does not compile, but not for the reason expected: ${text}\n${output}")
  endif()
endforeach()
