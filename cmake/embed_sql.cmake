# `embed_sql(target)`: the texts of sql/**/*.sql become part of the program, so that it runs wherever it stands.
#
# Used in two ways: included by CMakeLists.txt it defines the function; run as a script (cmake -P) it writes the source
# file behind src/warehouse/sql_text.h, when one of the texts has changed.

if(CMAKE_SCRIPT_MODE_FILE)
  set(entries "")
  foreach(file ${FILES})
    file(READ "${SQL_DIR}/${file}" text)
    string(REGEX REPLACE "\\.sql$" "" name "${file}")
    string(APPEND entries "    {\"${name}\", R\"sql(${text})sql\"},\n")
  endforeach()
  file(WRITE "${SOURCE}" "// Made from sql/ by cmake/embed_sql.cmake.\n#include \"warehouse/sql_text.h\"\n\n"
       "namespace millrace {\n\nconst std::map<std::string_view, std::string_view>& sql_texts() {\n"
       "  static const std::map<std::string_view, std::string_view> texts = {\n${entries}  };\n  return texts;\n}\n\n"
       "}  // namespace millrace\n")
  return()
endif()

set(embed_sql_script "${CMAKE_CURRENT_LIST_FILE}")
function(embed_sql target)
  # CONFIGURE_DEPENDS: each build looks whether a file came or went.
  file(GLOB_RECURSE files CONFIGURE_DEPENDS RELATIVE "${CMAKE_SOURCE_DIR}/sql" "${CMAKE_SOURCE_DIR}/sql/*.sql")
  list(TRANSFORM files PREPEND "${CMAKE_SOURCE_DIR}/sql/" OUTPUT_VARIABLE paths)
  set(source "${CMAKE_BINARY_DIR}/generated/sql_text.cc")
  add_custom_command(
    OUTPUT "${source}"
    COMMAND ${CMAKE_COMMAND} "-DFILES=${files}" "-DSQL_DIR=${CMAKE_SOURCE_DIR}/sql" "-DSOURCE=${source}" -P
            "${embed_sql_script}"
    DEPENDS ${paths} "${embed_sql_script}"
    COMMENT "Embedding the SQL"
    VERBATIM)
  target_sources(${target} PRIVATE "${source}")
endfunction()
