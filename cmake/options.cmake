# One place for how every target is compiled and linked.
add_library(gatehouse_options INTERFACE)
target_include_directories(gatehouse_options INTERFACE ${CMAKE_SOURCE_DIR}/src)
target_compile_options(gatehouse_options INTERFACE
  -Wall -Wextra -Werror -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Woverloaded-virtual -Wnull-dereference
  -fno-omit-frame-pointer)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 reports these falsely inside coroutine frames and inlined standard containers.
  target_compile_options(gatehouse_options INTERFACE -Wno-null-dereference -Wno-maybe-uninitialized)
  # sanitizers change inlining, which makes g++ 12 see overflows that are not there
  if(GATEHOUSE_SANITIZE)
    target_compile_options(gatehouse_options INTERFACE -Wno-stringop-overflow -Wno-array-bounds -Wno-restrict)
  endif()
endif()
if(GATEHOUSE_SANITIZE)
  list(JOIN GATEHOUSE_SANITIZE "," sanitizers)
  # The vptr check opens a pipe to see whether memory can be read: without free descriptors, which a test brings about, it
  # reports what is not so.
  target_compile_options(gatehouse_options INTERFACE -fsanitize=${sanitizers} -fno-sanitize-recover=all -fno-sanitize=vptr)
  target_link_options(gatehouse_options INTERFACE -fsanitize=${sanitizers})
endif()
find_program(MOLD mold)
if(MOLD AND NOT GATEHOUSE_STATIC AND NOT GATEHOUSE_SANITIZE)
  target_link_options(gatehouse_options INTERFACE -fuse-ld=mold)
endif()
# Debian's libfmt has no static library, so one translation unit of base/ carries its code.
target_compile_definitions(gatehouse_options INTERFACE GATEHOUSE_VERSION="${PROJECT_VERSION}")
