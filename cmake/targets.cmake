include(GoogleTest)

# steward_library(<folder> [LINK <targets>...]): the library steward_<folder> of every .cpp in this
# folder and below (`*_test.cpp`, `*_main.cpp` apart), and the test program <folder>_test of every `*_test.cpp`.
function(steward_library folder)
  cmake_parse_arguments(ARG "" "" "LINK;TEST_LINK" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_(test|main)\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  if(sources)
    add_library(steward_${folder} STATIC ${sources})
    target_include_directories(steward_${folder} PUBLIC ${CMAKE_SOURCE_DIR}/src)
    target_link_libraries(steward_${folder} PUBLIC ${ARG_LINK})
  else()
    add_library(steward_${folder} INTERFACE)
    target_include_directories(steward_${folder} INTERFACE ${CMAKE_SOURCE_DIR}/src)
    target_link_libraries(steward_${folder} INTERFACE ${ARG_LINK})
  endif()
  if(tests)
    add_executable(${folder}_test ${tests})
    target_link_libraries(${folder}_test PRIVATE steward_${folder} ${ARG_TEST_LINK} steward_rapidcheck
                          GTest::gmock GTest::gtest GTest::gtest_main)
    target_compile_definitions(${folder}_test PRIVATE STEWARD_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
                               STEWARD_BINARY_DIR="${CMAKE_BINARY_DIR}")
    gtest_discover_tests(${folder}_test TEST_PREFIX ${folder}. DISCOVERY_MODE PRE_TEST
                         PROPERTIES TIMEOUT 120)
  endif()
endfunction()

# steward_program(<name> <source> <libraries>...)
function(steward_program name source)
  add_executable(${name} ${source})
  target_link_libraries(${name} PRIVATE ${ARGN})
endfunction()

# steward_fuzzer(<name> <libraries>...): tests/fuzz/<name>_fuzz.cpp. Under the fuzz preset a libFuzzer program;
# otherwise a program that replays the corpus in tests/data/corpus/<name>, run by ctest.
function(steward_fuzzer name)
  set(source ${CMAKE_SOURCE_DIR}/tests/fuzz/${name}_fuzz.cpp)
  if(STEWARD_FUZZ)
    add_executable(${name}_fuzz ${source})
    target_link_options(${name}_fuzz PRIVATE -fsanitize=fuzzer)
  else()
    add_executable(${name}_fuzz ${source} ${CMAKE_SOURCE_DIR}/tests/fuzz/replay_main.cpp)
    add_test(NAME fuzz.${name} COMMAND ${name}_fuzz ${CMAKE_SOURCE_DIR}/tests/data/corpus/${name})
    set_tests_properties(fuzz.${name} PROPERTIES TIMEOUT 120)
  endif()
  target_link_libraries(${name}_fuzz PRIVATE ${ARGN})
endfunction()
