# Debian 12's libraries, each under one name. A library's headers are included by one folder only
# (tools/include_direction.py knows which).
find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(CURL REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(simdjson REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(date REQUIRED)
find_package(GTest REQUIRED)
find_path(STEWARD_RE2_INCLUDE re2/re2.h REQUIRED)
find_library(STEWARD_RE2 re2 REQUIRED)
find_path(STEWARD_TOMLPP_INCLUDE toml++/toml.h REQUIRED)
find_path(STEWARD_YAML_INCLUDE yaml.h REQUIRED)
find_library(STEWARD_YAML yaml REQUIRED)
find_path(STEWARD_PUGIXML_INCLUDE pugixml.hpp REQUIRED)
find_library(STEWARD_PUGIXML pugixml REQUIRED)
find_package(LibArchive REQUIRED)
find_library(STEWARD_ZSTD zstd REQUIRED)
find_library(STEWARD_SODIUM sodium REQUIRED)
# The keeper is linked without any shared library: zlib's archive, and fmt (of which Debian has none)
# compiled once in base/fmt.cpp from its headers.
find_library(STEWARD_ZLIB_A libz.a REQUIRED)
find_path(STEWARD_FMT_INCLUDE fmt/format-inl.h REQUIRED)

# simdjson's On-Demand front end picks its instructions when it is compiled: without these it falls back to plain C.
# Every x86-64 made since 2010 has them; on arm64 NEON is always there.
add_library(steward_simdjson INTERFACE)
target_link_libraries(steward_simdjson INTERFACE simdjson::simdjson)
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
  target_compile_options(steward_simdjson INTERFACE -msse4.2 -mpclmul)
endif()

add_library(steward_zlib INTERFACE)
target_link_libraries(steward_zlib INTERFACE ${STEWARD_ZLIB_A})

# Header-only: Debian's library has the throwing parser only, and one file includes it anyway.
add_library(steward_toml INTERFACE)
target_include_directories(steward_toml SYSTEM INTERFACE ${STEWARD_TOMLPP_INCLUDE})
target_compile_definitions(steward_toml INTERFACE TOML_HEADER_ONLY=1 TOML_EXCEPTIONS=0)

add_library(steward_yaml INTERFACE)
target_include_directories(steward_yaml SYSTEM INTERFACE ${STEWARD_YAML_INCLUDE})
target_link_libraries(steward_yaml INTERFACE ${STEWARD_YAML})

add_library(steward_pugixml INTERFACE)
target_include_directories(steward_pugixml SYSTEM INTERFACE ${STEWARD_PUGIXML_INCLUDE})
target_link_libraries(steward_pugixml INTERFACE ${STEWARD_PUGIXML})

# One set of definitions for every user of Asio and Beast, else the one-definition rule is broken.
add_library(steward_asio_flags INTERFACE)
target_compile_definitions(steward_asio_flags INTERFACE
  BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION
  BOOST_ASIO_DISABLE_BOOST_COROUTINE)
target_link_libraries(steward_asio_flags INTERFACE Threads::Threads OpenSSL::SSL)

add_library(steward_re2 INTERFACE)
target_include_directories(steward_re2 SYSTEM INTERFACE ${STEWARD_RE2_INCLUDE})
target_link_libraries(steward_re2 INTERFACE ${STEWARD_RE2} Threads::Threads)

add_library(steward_rapidcheck INTERFACE)
find_library(STEWARD_RAPIDCHECK rapidcheck REQUIRED)
target_link_libraries(steward_rapidcheck INTERFACE ${STEWARD_RAPIDCHECK})
