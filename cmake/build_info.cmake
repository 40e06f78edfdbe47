# `#include "build_info.h"` (link millrace::build_info): version, revision, compiler and build type as constexpr
# strings. Used in two ways: included by CMakeLists.txt it defines the target; run as a script (cmake -P) at each
# build it writes the header, but only where its text changed. So a new commit costs the one file that includes it.

if(CMAKE_SCRIPT_MODE_FILE)
  # A source archive is not a git checkout, and git refuses a checkout of another user: then it stays "unknown".
  execute_process(
    COMMAND git -C "${SOURCE_DIR}" describe --always --dirty --abbrev=12 --exclude=*
    OUTPUT_VARIABLE REVISION OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
  if(failed OR NOT REVISION)
    set(REVISION "unknown")
  endif()
  configure_file("${CMAKE_CURRENT_LIST_DIR}/build_info.h.in" "${HEADER}" @ONLY)
  return()
endif()

set(build_info_folder "${CMAKE_BINARY_DIR}/generated")
set(build_info_compiler "${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}")
set(build_info_type "${CMAKE_BUILD_TYPE}")
if(MILLRACE_SANITIZE)
  string(APPEND build_info_type " (sanitizers: ${MILLRACE_SANITIZE})")
endif()
add_custom_target(
  build_info_header
  COMMAND
    ${CMAKE_COMMAND} -DSOURCE_DIR=${CMAKE_SOURCE_DIR} -DHEADER=${build_info_folder}/build_info.h
    -DVERSION=${PROJECT_VERSION} -DCOMPILER=${build_info_compiler} -DBUILD_TYPE=${build_info_type} -P
    ${CMAKE_CURRENT_LIST_FILE}
  BYPRODUCTS ${build_info_folder}/build_info.h
  COMMENT "Looking at the revision"
  VERBATIM)
add_library(millrace_build_info INTERFACE)
add_library(millrace::build_info ALIAS millrace_build_info)
add_dependencies(millrace_build_info build_info_header)
target_include_directories(millrace_build_info INTERFACE "${build_info_folder}")
