cmake_minimum_required(VERSION 3.25)

# Precompiles cohort.hpp as HEADERS.gch, which g++ and clang++ take in place of HEADERS.
include(${CMAKE_CURRENT_LIST_DIR}/compile.cmake)
file(WRITE ${HEADERS} "#include <cohort/cohort.hpp>\n")
execute_process(COMMAND ${compile} -x c++-header -o ${HEADERS}.gch ${HEADERS} COMMAND_ERROR_IS_FATAL ANY)
