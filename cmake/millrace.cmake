# Our own macros. Every file is listed by name: a test that the build does not list does not exist, so
# millrace_check_every_file_is_listed() stops the build where a .cc file is listed nowhere.
#
#   millrace_library(event                    # src/event -> millrace_event, alias millrace::event
#     SOURCES decode.cc rules.cc
#     TESTS decode_test.cc rules_test.cc      # -> event_tests, found by ctest
#     DEPENDS base                            # our folders; seen by who links this one
#     LIBRARIES deps::simdjson                # others' libraries, seen by our .cc files alone
#     PUBLIC_LIBRARIES deps::fmt              # ... where a header of ours includes theirs
#     TEST_DEPENDS lake TEST_LIBRARIES deps::json)   # what the tests need beyond that
#
#   millrace_program(millrace SOURCES src/cli/main.cc DEPENDS cli)
#   millrace_test(golden_tests SOURCES windows_golden_test.cc DEPENDS stream)     # under tests/
#   millrace_bench(decode_bench SOURCES decode_bench.cc DEPENDS event)            # under bench/, for ./run bench
#   millrace_fuzzer(decode_fuzz SOURCES decode_fuzz.cc DEPENDS event)             # under tests/fuzz, for ./run check
#   millrace_compile_fail(day_is_not_instant SOURCE day_is_not_instant.cc DEPENDS base)   # under tests/compile_fail

include(GoogleTest)
add_custom_target(benchmarks) # all benchmarks; not part of an ordinary build
add_custom_target(fuzzers)
set(MILLRACE_TEST_TIMEOUT 60 CACHE STRING "seconds after which a single unit test has failed")

function(millrace_library name)
  cmake_parse_arguments(
    arg "" "" "SOURCES;TESTS;DEPENDS;LIBRARIES;PUBLIC_LIBRARIES;TEST_DEPENDS;TEST_LIBRARIES" ${ARGN})
  millrace_require_known_arguments(${name})
  set(target millrace_${name})
  millrace_targets(depends ${arg_DEPENDS})
  if(arg_SOURCES)
    add_library(${target} STATIC ${arg_SOURCES})
    millrace_our_own(${target})
    target_include_directories(${target} PUBLIC "${CMAKE_SOURCE_DIR}/src")
    target_link_libraries(${target} PUBLIC ${depends} ${arg_PUBLIC_LIBRARIES} PRIVATE ${arg_LIBRARIES})
  else() # headers only
    add_library(${target} INTERFACE)
    target_include_directories(${target} INTERFACE "${CMAKE_SOURCE_DIR}/src")
    target_link_libraries(${target} INTERFACE ${depends} ${arg_PUBLIC_LIBRARIES})
  endif()
  add_library(millrace::${name} ALIAS ${target})
  if(arg_TESTS)
    millrace_test(${name}_tests SOURCES ${arg_TESTS} DEPENDS ${name} ${arg_TEST_DEPENDS}
                  LIBRARIES ${arg_TEST_LIBRARIES} LABEL ${name})
  endif()
endfunction()

# One GoogleTest program. ctest runs each of its tests by itself, under LABEL.
function(millrace_test name)
  cmake_parse_arguments(arg "" "LABEL" "SOURCES;DEPENDS;LIBRARIES" ${ARGN})
  millrace_require_known_arguments(${name})
  millrace_mark_listed(${arg_SOURCES})
  if(NOT BUILD_TESTING)
    return()
  endif()
  if(NOT arg_LABEL)
    set(arg_LABEL ${name})
  endif()
  millrace_targets(depends ${arg_DEPENDS})
  add_executable(${name} ${arg_SOURCES})
  millrace_our_own(${name})
  target_include_directories(${name} PRIVATE "${CMAKE_SOURCE_DIR}/src")
  target_compile_definitions(${name} PRIVATE MILLRACE_SOURCE_DIR="${CMAKE_SOURCE_DIR}") # where golden files lie
  target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O1>) # what is tested has -O3; tests compile faster
  target_link_libraries(${name} PRIVATE ${depends} ${arg_LIBRARIES} deps::gtest_main)
  # PRE_TEST: the tests are asked for when ctest runs, not while linking, so that a build never runs our code.
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60
                       PROPERTIES LABELS ${arg_LABEL} TIMEOUT ${MILLRACE_TEST_TIMEOUT})
endfunction()

# An executable at the top of the build folder: build/release/millrace.
function(millrace_program name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPENDS;LIBRARIES" ${ARGN})
  millrace_require_known_arguments(${name})
  millrace_targets(depends ${arg_DEPENDS})
  add_executable(${name} ${arg_SOURCES})
  millrace_our_own(${name})
  millrace_mark_listed(${arg_SOURCES})
  target_link_libraries(${name} PRIVATE ${depends} ${arg_LIBRARIES} millrace::build_info)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}")
endfunction()

# A Google Benchmark program; `./run bench` builds the target `benchmarks` and runs build/release/bench/NAME.
function(millrace_bench name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPENDS;LIBRARIES" ${ARGN})
  millrace_require_known_arguments(${name})
  millrace_targets(depends ${arg_DEPENDS})
  add_executable(${name} EXCLUDE_FROM_ALL ${arg_SOURCES})
  millrace_our_own(${name})
  millrace_mark_listed(${arg_SOURCES})
  target_link_libraries(${name} PRIVATE ${depends} ${arg_LIBRARIES} deps::benchmark_main)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bench")
  add_dependencies(benchmarks ${name})
endfunction()

# A libFuzzer program (LLVMFuzzerTestOneInput). Built with clang alone, by the preset `fuzz`; an ordinary build with
# tests compiles its source, so that a change that breaks it is seen at once.
function(millrace_fuzzer name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPENDS;LIBRARIES" ${ARGN})
  millrace_require_known_arguments(${name})
  millrace_mark_listed(${arg_SOURCES})
  millrace_targets(depends ${arg_DEPENDS})
  if(NOT MILLRACE_FUZZ)
    if(BUILD_TESTING)
      add_library(${name}_compiles OBJECT ${arg_SOURCES})
      millrace_our_own(${name}_compiles)
      target_link_libraries(${name}_compiles PRIVATE ${depends} ${arg_LIBRARIES})
    endif()
    return()
  endif()
  add_executable(${name} EXCLUDE_FROM_ALL ${arg_SOURCES})
  millrace_our_own(${name})
  target_link_libraries(${name} PRIVATE ${depends} ${arg_LIBRARIES} -fsanitize=fuzzer)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/fuzz")
  add_dependencies(fuzzers ${name})
endfunction()

# A mistake that must not compile. The file is compiled twice, and must be refused with -DMUST_NOT_COMPILE alone:
# were the good half broken too, the refusal would prove nothing.
function(millrace_compile_fail name)
  cmake_parse_arguments(arg "" "SOURCE" "DEPENDS;LIBRARIES" ${ARGN})
  millrace_require_known_arguments(${name})
  millrace_mark_listed(${arg_SOURCE})
  if(NOT BUILD_TESTING)
    return()
  endif()
  millrace_targets(depends ${arg_DEPENDS})
  foreach(half good bad)
    set(target compile_fail_${name}_${half})
    add_library(${target} OBJECT EXCLUDE_FROM_ALL ${arg_SOURCE})
    millrace_our_own(${target})
    target_include_directories(${target} PRIVATE "${CMAKE_SOURCE_DIR}/src")
    target_link_libraries(${target} PRIVATE ${depends} ${arg_LIBRARIES})
    add_test(NAME compile_fail.${name}.${half}
             COMMAND ${CMAKE_COMMAND} --build "${CMAKE_BINARY_DIR}" --target ${target})
    # One build at a time in a build folder: ninja does not lock it.
    set_tests_properties(compile_fail.${name}.${half} PROPERTIES LABELS compile_fail TIMEOUT 120 RESOURCE_LOCK build)
  endforeach()
  target_compile_definitions(compile_fail_${name}_bad PRIVATE MUST_NOT_COMPILE)
  set_tests_properties(compile_fail.${name}.bad PROPERTIES WILL_FAIL TRUE)
endfunction()

# --- What the macros above share ----------------------------------------------------------------------------------

# Our warnings, and a note that its files are listed.
function(millrace_our_own target)
  target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:millrace_warnings>)
  get_target_property(sources ${target} SOURCES)
  millrace_mark_listed(${sources})
endfunction()

# base event -> millrace::base millrace::event
macro(millrace_targets result)
  set(${result} ${ARGN})
  list(TRANSFORM ${result} PREPEND "millrace::")
endmacro()

# A misspelt keyword would otherwise be taken for one more source file of the list before it.
macro(millrace_require_known_arguments name)
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "${name}: what is ${arg_UNPARSED_ARGUMENTS}? See cmake/millrace.cmake.")
  endif()
endmacro()

function(millrace_mark_listed)
  foreach(source ${ARGN})
    cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" NORMALIZE)
    set_property(GLOBAL APPEND PROPERTY MILLRACE_LISTED_FILES "${source}")
  endforeach()
endfunction()

option(MILLRACE_ALLOW_UNLISTED "only warn about .cc files that no CMakeLists.txt lists (while they are written)" OFF)

function(millrace_check_every_file_is_listed)
  # CONFIGURE_DEPENDS: each build looks again, so that a new file cannot be forgotten until the next configure.
  file(GLOB_RECURSE files CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/src/*.cc" "${CMAKE_SOURCE_DIR}/tests/*.cc"
       "${CMAKE_SOURCE_DIR}/bench/*.cc")
  get_property(listed GLOBAL PROPERTY MILLRACE_LISTED_FILES)
  list(REMOVE_ITEM files ${listed} "")
  if(files)
    list(TRANSFORM files REPLACE "^${CMAKE_SOURCE_DIR}/" "  ")
    list(JOIN files "\n" files)
    if(MILLRACE_ALLOW_UNLISTED)
      set(severity WARNING)
    else()
      set(severity SEND_ERROR)
    endif()
    message(${severity} "These files are in no CMakeLists.txt, so nobody compiles or runs them:\n${files}\n"
                        "List each in its folder's CMakeLists.txt, under SOURCES or TESTS.")
  endif()
endfunction()
