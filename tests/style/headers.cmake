cmake_minimum_required(VERSION 3.25)

# Compiles (syntax only) a file that includes nothing but one public header, for every public header under ROOT/src.
string(REPLACE "|" ";" INCLUDES "${INCLUDES}")
list(TRANSFORM INCLUDES PREPEND -I)
file(GLOB_RECURSE headers RELATIVE ${ROOT}/src ${ROOT}/src/cohort/*.hpp)
list(FILTER headers EXCLUDE REGEX "/detail/")
list(LENGTH headers number)
if(number LESS 40)
  message(FATAL_ERROR "only ${number} headers found; is ${ROOT} the right place?")
endif()
file(REMOVE_RECURSE ${WORK})
foreach(header IN LISTS headers)
  # Twice, so that a missing #pragma once is found too.
  string(REPLACE "/" "." name ${header})
  file(WRITE ${WORK}/${name}.cpp "#include <${header}>\n#include <${header}>\n")
endforeach()
list(JOIN INCLUDES " " flags)
execute_process(COMMAND sh -c "ls *.cpp | xargs -P 2 -n 1 '${COMPILER}' -std=c++20 -DOMPI_SKIP_MPICXX -fsyntax-only ${flags}"
                WORKING_DIRECTORY ${WORK} RESULT_VARIABLE status ERROR_VARIABLE output)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "these do not compile on their own:\n${output}")
endif()
message("${number} headers compile on their own")
