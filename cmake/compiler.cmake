# Which compilers and which flags. What concerns everything that is compiled here (the language, the sanitizers, the
# hardening) is set for the whole folder; the warnings go into `millrace_warnings`, which our own targets link alone.

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_VISIBILITY_PRESET hidden) # or our symbols and those of big libraries could bind to each other
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON) # for clang-tidy and editors

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 12)
  message(FATAL_ERROR "g++ ${CMAKE_CXX_COMPILER_VERSION} has no <expected>: 12 or newer is needed (CXX=g++-12)")
elseif(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 19)
  message(FATAL_ERROR "clang ${CMAKE_CXX_COMPILER_VERSION} cannot read libstdc++'s <expected>: 19 or newer is needed")
endif()

set(MILLRACE_SANITIZE "" CACHE STRING "sanitizers, as -fsanitize= takes them: address,undefined or thread")
option(MILLRACE_COVERAGE "count executed lines (gcov)" OFF)
option(MILLRACE_FUZZ "build the fuzzers of tests/fuzz (clang's libFuzzer)" OFF)

# Warnings stop the build with the compiler that CI has, in the build that is shipped. Another version, or the
# optimiser under a sanitizer, warns about other things; that must not keep a user from building.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13
   AND NOT MILLRACE_SANITIZE AND NOT MILLRACE_COVERAGE)
  set(werror_default ON)
else()
  set(werror_default OFF)
endif()
option(MILLRACE_WERROR "warnings in our own code are errors" ${werror_default})

add_library(millrace_warnings INTERFACE)
target_compile_options(
  millrace_warnings
  INTERFACE
    -Wall
    -Wextra
    -Wpedantic
    -Wconversion
    -Wshadow
    $<$<BOOL:${MILLRACE_WERROR}>:-Werror>
    # g++ 12 sees an overlap in every `"text" + std::string` (its bug 105651, mended in 13)
    $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>)

# --- How it is optimised -----------------------------------------------------------------------------------------
# -g1: function names and lines for stack traces, at a tenth of the size of -g.
set(CMAKE_CXX_FLAGS_RELEASE "-O3 -DNDEBUG -g1")
set(CMAKE_CXX_FLAGS_DEBUG "-Og -g")
if(MILLRACE_SANITIZE)
  set(CMAKE_CXX_FLAGS_DEBUG "-Og -g1") # a report needs names and lines alone; compiles and links faster
endif()
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
  # SSE4.2, POPCNT and carry-less multiplication: every x86-64 machine since 2011. Not v3: AVX2 is missing from small
  # Intel processors sold until 2020. HighwayHash, Arrow and simdjson's first stage look at the processor at run time;
  # simdjson's On-Demand half is compiled for what stands here, and without -mpclmul would take its plain fallback.
  add_compile_options(-march=x86-64-v2 -mpclmul)
endif()

if(MILLRACE_SANITIZE)
  add_compile_options(-O1 -fsanitize=${MILLRACE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${MILLRACE_SANITIZE})
endif()
if(MILLRACE_COVERAGE)
  add_compile_options(-O0 --coverage -fprofile-update=atomic) # atomic: our threads count the same lines
  add_link_options(--coverage)
endif()
if(MILLRACE_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link) # coverage feedback; the fuzzers alone link libFuzzer's main()
endif()

# --- Hardening ---------------------------------------------------------------------------------------------------
# The input comes from strangers, so an overflow that we overlooked shall end in an abort and not in somebody's code.
# -fPIE: everything here ends in a program, none in a shared library.
add_compile_options(-fPIE -fstack-protector-strong -fstack-clash-protection)
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
  add_compile_options(-fcf-protection)
endif()
add_compile_definitions(_GLIBCXX_ASSERTIONS) # operator[] of string_view, span, vector checks its index
if(CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT MILLRACE_SANITIZE)
  add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2) # -U: Ubuntu's compilers define it themselves
endif()
add_link_options(-pie -Wl,-z,relro -Wl,-z,now)

# --- Faster builds, where these tools are there -------------------------------------------------------------------
find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()
find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()
