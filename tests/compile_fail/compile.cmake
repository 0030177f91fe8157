# How the cases and their precompiled headers are compiled: with the same flags, or the compiler would not take the latter.
string(REPLACE "|" ";" INCLUDES "${INCLUDES}")
list(TRANSFORM INCLUDES PREPEND -I)
set(compile ${COMPILER} -std=c++20 -DOMPI_SKIP_MPICXX ${INCLUDES})
