# The libraries of others, each as one target deps::NAME; our folders link these names and know nothing else.
# Where they come from: apt (found by CMake), or the folder .deps, which `./run setup` fills. Versions stand in
# tools/dependencies.env. To add one: a line there, a block here, a line in ARCHITECTURE.md saying why.

set(MILLRACE_DEPS "${CMAKE_SOURCE_DIR}/.deps" CACHE PATH "folder with the dependencies that `./run setup` installed")
option(MILLRACE_SYSTEM_ARROW "take the Arrow and Parquet that CMake finds, not those of .deps" OFF)

set(setup_hint "Run ./run setup, which installs it.")

# find_package with our own words where it is missing.
macro(need package)
  find_package(${package} QUIET ${ARGN})
  if(NOT ${package}_FOUND)
    message(FATAL_ERROR "${package} is missing. ${setup_hint}")
  endif()
endmacro()

# deps_target(fmt fmt::fmt): another name for a target, or a bundle of several.
function(deps_target name)
  add_library(deps::${name} INTERFACE IMPORTED GLOBAL)
  target_link_libraries(deps::${name} INTERFACE ${ARGN})
endfunction()

# deps_library(xxhash xxhash.h xxhash): one that tells CMake nothing of itself, by a header and the names it may have.
function(deps_library name header)
  string(TOUPPER ${name} upper)
  find_path(${upper}_INCLUDE ${header})
  find_library(${upper}_LIBRARY NAMES ${ARGN})
  if(NOT ${upper}_INCLUDE OR NOT ${upper}_LIBRARY)
    message(FATAL_ERROR "${name} is missing. ${setup_hint}")
  endif()
  deps_target(${name} ${${upper}_LIBRARY})
  target_include_directories(deps::${name} SYSTEM INTERFACE ${${upper}_INCLUDE})
endfunction()

# --- From apt ----------------------------------------------------------------------------------------------------
need(Threads)
deps_target(threads Threads::Threads)

need(fmt)
deps_target(fmt fmt::fmt)

need(spdlog) # built by the distributions as a library, with the fmt above
deps_target(spdlog spdlog::spdlog)

need(CLI11)
deps_target(cli11 CLI11::CLI11)

need(nlohmann_json)
deps_target(json nlohmann_json::nlohmann_json)

need(yaml-cpp)
if(TARGET yaml-cpp::yaml-cpp) # its name since 0.8 (Ubuntu 24.04); 0.7 (Debian 12) has the short one
  deps_target(yaml yaml-cpp::yaml-cpp)
else()
  deps_target(yaml yaml-cpp)
endif()

need(ZLIB)
deps_target(zlib ZLIB::ZLIB)

need(CURL)
deps_target(curl CURL::libcurl)

deps_library(rdkafka librdkafka/rdkafka.h rdkafka)
deps_library(xxhash xxhash.h xxhash)

# HighwayHash: include <highwayhash/highwayhash_target.h> and <highwayhash/instruction_sets.h>, then
# `InstructionSets::Run<HighwayHash>(key, bytes, size, &result)`: it takes AVX2, SSE4.1 or plain code by the
# processor it finds. No -mavx2 is needed here, since the distributions' library holds all three.
deps_library(highwayhash highwayhash/highwayhash_target.h libhighwayhash.a highwayhash)

need(Eigen3) # headers only
deps_target(eigen Eigen3::Eigen)

if(BUILD_TESTING)
  need(GTest)
  deps_target(gtest_main GTest::gmock_main GTest::gmock GTest::gtest) # GoogleMock's main() starts both
endif()

find_package(benchmark QUIET)
if(benchmark_FOUND)
  deps_target(benchmark_main benchmark::benchmark_main benchmark::benchmark)
endif()

# --- From .deps --------------------------------------------------------------------------------------------------
# simdjson: one .cc and one .h, compiled here once. It looks at the processor at run time. Without its exceptions,
# since our code does not throw: a result that nobody looked at then does not compile.
if(NOT EXISTS "${MILLRACE_DEPS}/simdjson/simdjson.cpp")
  message(FATAL_ERROR "${MILLRACE_DEPS}/simdjson is missing. ${setup_hint}")
endif()
add_library(simdjson STATIC "${MILLRACE_DEPS}/simdjson/simdjson.cpp")
target_include_directories(simdjson SYSTEM PUBLIC "${MILLRACE_DEPS}/simdjson")
target_compile_definitions(simdjson PUBLIC SIMDJSON_EXCEPTIONS=0)
target_compile_options(simdjson PRIVATE -w)
set_target_properties(simdjson PROPERTIES EXPORT_COMPILE_COMMANDS OFF) # not ours to check
deps_target(simdjson simdjson)

# Arrow and Parquet: the C++ libraries inside the PyPI wheel of pyarrow, since Debian has none. Its libparquet
# exports thousands of names of an OpenSSL of its own. The system's libssl, loaded by another library, would bind to
# them and crash; so the system's OpenSSL and its user curl are linked, and thus found, before it
# (tools/link_order_test.py holds us to that). --no-as-needed: the linker would drop a library that our own code does
# not call.
set(openssl_first "-Wl,--push-state,--no-as-needed -lcurl -lssl -lcrypto -Wl,--pop-state")
if(MILLRACE_SYSTEM_ARROW)
  need(Arrow)
  need(Parquet)
  deps_target(parquet "${openssl_first}" Parquet::parquet_shared Arrow::arrow_shared)
else()
  set(pyarrow "${MILLRACE_DEPS}/pyarrow/pyarrow")
  set(arrow_abi 2300) # of pyarrow 23: the wheel has no links without a version, so the files are named in full
  foreach(library parquet arrow)
    if(NOT EXISTS "${pyarrow}/lib${library}.so.${arrow_abi}")
      message(FATAL_ERROR "${pyarrow}/lib${library}.so.${arrow_abi} is missing. ${setup_hint}")
    endif()
    add_library(pyarrow_${library} SHARED IMPORTED GLOBAL) # CMake writes its folder into the program's rpath
    set_target_properties(pyarrow_${library} PROPERTIES IMPORTED_LOCATION "${pyarrow}/lib${library}.so.${arrow_abi}")
    target_include_directories(pyarrow_${library} SYSTEM INTERFACE "${pyarrow}/include")
  endforeach()
  deps_target(parquet "${openssl_first}" pyarrow_parquet pyarrow_arrow)
endif()

# DuckDB: the C interface. The header comes from an older package than the library (tools/dependencies.env).
set(duckdb "${MILLRACE_DEPS}/duckdb")
foreach(file libduckdb.so duckdb.h)
  if(NOT EXISTS "${duckdb}/${file}")
    message(FATAL_ERROR "${duckdb}/${file} is missing. ${setup_hint}")
  endif()
endforeach()
add_library(duckdb SHARED IMPORTED GLOBAL)
set_target_properties(duckdb PROPERTIES IMPORTED_LOCATION "${duckdb}/libduckdb.so" IMPORTED_NO_SONAME ON)
target_include_directories(duckdb SYSTEM INTERFACE "${duckdb}")
deps_target(duckdb duckdb)

# XGBoost: the library inside the PyPI wheel. It finds the OpenMP library of the wheel in the folder xgboost_cpu.libs
# beside its own, so the wheel's folders stay as they are.
set(xgboost "${MILLRACE_DEPS}/xgboost/xgboost/lib/libxgboost.so")
if(NOT EXISTS "${xgboost}")
  message(FATAL_ERROR "${xgboost} is missing. ${setup_hint}")
endif()
add_library(xgboost SHARED IMPORTED GLOBAL)
set_target_properties(xgboost PROPERTIES IMPORTED_LOCATION "${xgboost}")
deps_target(xgboost xgboost)
