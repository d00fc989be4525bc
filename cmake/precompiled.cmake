# What nearly every file includes, parsed once: library headers only, none of ours, so that a change of ours never
# rebuilds them all. Files still include what they use: the presets debug and fuzz build without this.
option(GATEHOUSE_PRECOMPILED "Precompile the headers of libraries" OFF)

set(GATEHOUSE_LIBRARY_HEADERS
  <algorithm> <array> <atomic> <chrono> <coroutine> <cstring> <functional> <map> <memory> <mutex> <optional> <ranges> <span> <string>
  <string_view> <unordered_map> <unordered_set> <variant> <vector> <tl/expected.hpp> <fmt/format.h>)
set(GATEHOUSE_TEST_HEADERS <gtest/gtest.h> <rapidcheck.h> <rapidcheck/gtest.h>)

# The first target of each kind precompiles; the others use its headers, as all are compiled alike.
function(gatehouse_precompile target kind)
  if(NOT GATEHOUSE_PRECOMPILED)
    return()
  endif()
  get_property(first GLOBAL PROPERTY GATEHOUSE_PRECOMPILED_${kind})
  if(first)
    target_precompile_headers(${target} REUSE_FROM ${first})
  else()
    set_property(GLOBAL PROPERTY GATEHOUSE_PRECOMPILED_${kind} ${target})
    target_precompile_headers(${target} PRIVATE ${ARGN})
  endif()
  # -fpch-preprocess: what ccache asks for. The warnings: g++ 12 gives them falsely for std::string from a
  # precompiled header; the other presets still give them.
  target_compile_options(${target} PRIVATE -fpch-preprocess -Wno-stringop-overflow -Wno-array-bounds)
endfunction()
