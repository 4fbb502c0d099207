# Which compiler, which flags. GCC below 14 miscompiles coroutines (docs/decisions/0001).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 14)
  message(FATAL_ERROR "GCC ${CMAKE_CXX_COMPILER_VERSION} miscompiles coroutines; use clang-19: "
                      "run ./dev build, or pass -DCMAKE_CXX_COMPILER=clang++-19")
endif()

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

option(STEWARD_FUZZ "build the fuzzers with libFuzzer" OFF)
set(STEWARD_SANITIZE "" CACHE STRING "sanitizers, as -fsanitize= takes them")
set(STEWARD_NO_SANITIZE "" CACHE STRING "checks left out of them, as -fno-sanitize= takes them")

add_compile_options(-Wall -Wextra -Wpedantic -Werror -Wshadow -Wnon-virtual-dtor -Wconversion
                    -Wno-sign-conversion -Wno-missing-field-initializers)
if(STEWARD_SANITIZE)
  add_compile_options(-fsanitize=${STEWARD_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${STEWARD_SANITIZE})
endif()
if(STEWARD_NO_SANITIZE)  # vptr: its run-time opens a pipe to look at memory, and reports nonsense when none is free
  add_compile_options(-fno-sanitize=${STEWARD_NO_SANITIZE})
endif()
if(STEWARD_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

find_program(STEWARD_LD NAMES mold ld.lld-19 ld.lld)
if(STEWARD_LD MATCHES "mold$")
  add_link_options(-fuse-ld=mold)
elseif(STEWARD_LD)
  add_link_options(-fuse-ld=lld)
endif()
find_program(STEWARD_CCACHE ccache)
if(STEWARD_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${STEWARD_CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${STEWARD_CCACHE})
endif()
