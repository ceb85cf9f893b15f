# SPDX-License-Identifier: GPL-2.0-only
#
# A Linux tree as the subject: target linux_subject, an object file made of the
# tree's own mm/*.c, and seam_sources, the harness's files for it.
#
# Everything that depends on the tree is found here: which files there are, what
# they are called, what its headers want from an architecture. Nothing is
# decided by a version number, nothing in the tree is written to.
set(GEOMETRY small CACHE STRING
  "orders that are compiled in: small (pageblock 4, largest 6), real (9, 10)")
if(GEOMETRY STREQUAL "small")
  set(block_order 4)
  set(max_order 6)
elseif(GEOMETRY STREQUAL "real")
  set(block_order 9)
  set(max_order 10)
else()
  message(FATAL_ERROR "GEOMETRY=${GEOMETRY}: small or real")
endif()

set(linux_dir ${CMAKE_CURRENT_LIST_DIR})
set(linux_generated ${PROJECT_BINARY_DIR}/linux)

# --- What the tree must have ---

set(tree_files
  mm/page_alloc.c mm/page_isolation.c mm/compaction.c mm/migrate.c mm/cma.c
  mm/swap.c mm/mmzone.c mm/vmstat.c mm/memblock.c mm/rmap.c mm/util.c
  mm/page_vma_mapped.c mm/interval_tree.c mm/pgtable-generic.c mm/vmscan.c
  mm/huge_memory.c mm/memory.c mm/filemap.c mm/mmu_gather.c mm/mremap.c
  mm/workingset.c mm/gup.c mm/sparse.c mm/memory_hotplug.c
  lib/bitmap.c lib/find_bit.c lib/hweight.c lib/cpumask.c lib/ctype.c
  lib/rbtree.c lib/xarray.c lib/radix-tree.c lib/math/int_sqrt.c)
# Parts of the above in some versions, files of their own in others.
set(tree_files_if_there
  mm/debug_page_alloc.c mm/mm_init.c mm/show_mem.c mm/folio-compat.c lib/show_mem.c)
set(tree_headers
  include/linux/kconfig.h include/linux/compiler-version.h
  include/linux/compiler_types.h include/asm-generic/Kbuild kernel/bounds.c)

if(TREE STREQUAL "")
  message(FATAL_ERROR "SUBJECT=linux needs -DTREE=, an unpacked Linux tree")
endif()
set(missing "")
foreach(file IN LISTS tree_files tree_headers)
  if(NOT EXISTS ${TREE}/${file})
    string(APPEND missing "\n  ${file}")
  endif()
endforeach()
if(missing)
  message(FATAL_ERROR "${TREE} does not fit. These files are missing:${missing}
A file that has moved goes into tree_files of ${CMAKE_CURRENT_LIST_FILE}, one "
    "that only some versions have into tree_files_if_there.")
endif()
foreach(file IN LISTS tree_files_if_there)
  if(EXISTS ${TREE}/${file})
    list(APPEND tree_files ${file})
  endif()
endforeach()
foreach(part IN ITEMS VERSION PATCHLEVEL SUBLEVEL)
  file(STRINGS ${TREE}/Makefile line REGEX "^${part} = " LIMIT_COUNT 1)
  string(REGEX REPLACE ".* = *" "" ${part} "${line}")
endforeach()
set(version ${VERSION}.${PATCHLEVEL}.${SUBLEVEL})
message(STATUS "Subject: Linux ${version}, ${GEOMETRY} geometry")

# --- Headers: our architecture, then the generic one, then the tree's ---

# write_if_new(FILE TEXT): leaves the time stamp alone if nothing changes.
function(write_if_new file text)
  file(CONFIGURE OUTPUT ${file} CONTENT "${text}" @ONLY)
endfunction()

file(GLOB generic RELATIVE ${TREE}/include/asm-generic
  ${TREE}/include/asm-generic/*.h)
file(GLOB generic_uapi RELATIVE ${TREE}/include/uapi/asm-generic
  ${TREE}/include/uapi/asm-generic/*.h)
set(wrapper_of "/* SPDX-License-Identifier: GPL-2.0-only */\n")
foreach(header IN LISTS generic generic_uapi)
  if(NOT EXISTS ${linux_dir}/include/asm/${header})
    write_if_new(${linux_generated}/asm/${header}
      "${wrapper_of}#include <asm-generic/${header}>\n")
  endif()
endforeach()
foreach(header IN LISTS generic_uapi)
  write_if_new(${linux_generated}/uapi/asm/${header}
    "${wrapper_of}#include <uapi/asm-generic/${header}>\n")
endforeach()
# HZ is 250: conversions are plain divisions and need no constants.
foreach(header IN ITEMS timeconst asm-offsets utsrelease)
  write_if_new(${linux_generated}/generated/${header}.h "${wrapper_of}")
endforeach()
write_if_new(${linux_generated}/generated/uapi/linux/version.h
  "${wrapper_of}#define LINUX_VERSION_CODE 0\n")

set(tree_flags
  -nostdinc -I${linux_dir}/include -I${linux_dir} -I${linux_generated}
  -I${TREE}/include -I${TREE}/include/uapi -I${TREE}/mm
  -include${TREE}/include/linux/compiler-version.h
  -include${TREE}/include/linux/kconfig.h
  -include${TREE}/include/linux/compiler_types.h
  -D__KERNEL__ -DKBUILD_MODNAME="mm" -DKBUILD_BASENAME="mm"
  -DKBUILD_MODFILE="mm" -D__KBUILD_MODNAME=mm
  -DLINUX_BLOCK_ORDER=${block_order} -DLINUX_MAX_ORDER=${max_order}
  -fshort-wchar -funsigned-char -fno-common -fno-strict-aliasing -fwrapv
  -fno-delete-null-pointer-checks -ffunction-sections -fdata-sections)

# --- Probes ---

# probe_compile(RESULT DEFINITIONS CODE [FLAGS...]): CODE with the tree's
# headers; what the compiler says, or "" if it is content.
function(probe_compile result code)
  file(WRITE ${linux_generated}/probe.c "${code}\n")
  execute_process(
    COMMAND ${CMAKE_C_COMPILER} -std=gnu11 -w -fsyntax-only ${tree_flags}
      ${ARGN} ${linux_generated}/probe.c
    RESULT_VARIABLE status ERROR_VARIABLE errors OUTPUT_QUIET)
  if(status EQUAL 0)
    set(errors "")
  elseif(errors STREQUAL "")
    set(errors "the compiler failed")
  endif()
  set(${result} "${errors}" PARENT_SCOPE)
endfunction()

set(tree_h "${wrapper_of}/* What probes found in this tree. */\n")

# probe_text(NAME FILE): defines TREE_HAS_<NAME> if FILE mentions it. For what
# our architecture has to know before any header of the tree compiles.
function(probe_text name file)
  file(STRINGS ${TREE}/${file} found REGEX "[^a-z_]${name}[^a-z_]")
  if(found)
    set(tree_h "${tree_h}#define TREE_HAS_${name} 1\n" PARENT_SCOPE)
  endif()
endfunction()
probe_text(set_ptes include/linux/pgtable.h)
probe_text(pte_mkwrite_novma include/linux/pgtable.h)
# Since then each free block is on the list of its pageblock's type.
probe_text(move_freepages_block_isolate include/linux/page-isolation.h)
# A function that the tree's Kconfig lets others provide, or leaves out; before,
# it was page_alloc.c's own.
file(STRINGS ${TREE}/include/linux/fault-inject.h found
  REGEX "inline bool should_fail_alloc_page")
if(found)
  string(APPEND tree_h "#define TREE_HAS_should_fail_alloc_page 1\n")
endif()
if(tree_h MATCHES should_fail_alloc_page)
  list(APPEND tree_flags -DCONFIG_FAIL_PAGE_ALLOC=1)
endif()
# It can be interrupted by a signal, and says so.
file(STRINGS ${TREE}/mm/compaction.c found REGEX "static int compact_nodes")
if(found)
  string(APPEND tree_h "#define TREE_HAS_compact_nodes_error 1\n")
endif()
# It counts one page for all of a large folio that it isolates.
probe_text(inc_node_page_state mm/memory_hotplug.c)
# A batch of its own for pages that are rotated; later one of all.
probe_text(lru_rotate mm/swap.c)
write_if_new(${linux_generated}/tree.h "${tree_h}")

# Constants that C code has to tell the preprocessor, as the tree's Kbuild does.
write_if_new(${linux_generated}/generated/bounds.h "${wrapper_of}")
execute_process(
  COMMAND ${CMAKE_C_COMPILER} -std=gnu11 -w -S -o - ${tree_flags}
    -D__GENERATING_BOUNDS_H -DLINUX_FORCE_MAX_ORDER=${max_order}
    ${TREE}/kernel/bounds.c
  RESULT_VARIABLE status OUTPUT_VARIABLE bounds ERROR_VARIABLE errors)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "${TREE} does not fit. Its headers do not compile with "
    "the architecture in ${linux_dir}/include:\n${errors}")
endif()
string(REGEX MATCHALL "->[A-Za-z_]+ [$#]?-?[0-9]+" bounds "${bounds}")
list(TRANSFORM bounds REPLACE "->([A-Za-z_]+) [$#]?(-?[0-9]+)" "#define \\1 \\2\n")
list(JOIN bounds "" bounds)
write_if_new(${linux_generated}/generated/bounds.h "${wrapper_of}${bounds}")

# Whether the largest order is itself an order (since 6.4) or the first that is
# none.
set(orders "struct zone z; _Static_assert(sizeof(z.free_area) ==
  ${max_order} * sizeof(z.free_area[0]), \"\");")
probe_compile(errors "#include <linux/mmzone.h>\n${orders}"
  -DLINUX_FORCE_MAX_ORDER=${max_order})
if(errors STREQUAL "")
  math(EXPR force_max_order "${max_order} + 1")
else()
  set(force_max_order ${max_order})
endif()
list(APPEND tree_flags -DLINUX_FORCE_MAX_ORDER=${force_max_order})

# probe(NAME CODE): defines TREE_HAS_<NAME> if CODE compiles.
function(probe name code)
  probe_compile(errors "${code}")
  if(errors STREQUAL "")
    set(tree_h "${tree_h}#define TREE_HAS_${name} 1\n" PARENT_SCOPE)
  endif()
endfunction()
probe(pcpu_alloc_noprof
  "#include <linux/percpu.h>\nvoid *f = pcpu_alloc_noprof;")
probe(kmalloc_noprof "#include <linux/slab.h>\nvoid *f = __kmalloc_noprof;")
probe(__list_add_valid_or_report
  "#include <linux/list.h>\nvoid *f = __list_add_valid_or_report;")
probe(pcp_high_min
  "#include <linux/mmzone.h>\nint f(struct per_cpu_pages *p) { return p->high_min; }")
probe(nr_free_highatomic
  "#include <linux/mmzone.h>\nlong f(struct zone *z) { return (long)z->nr_free_highatomic; }")
probe(dump_page_const
  "#include <linux/mmdebug.h>\nvoid dump_page(const struct page *, const char *);")
probe(kmem_cache_alloc_noprof
  "#include <linux/slab.h>\nvoid *f = kmem_cache_alloc_noprof;")
probe(kmem_cache_args
  "#include <linux/slab.h>\nint f(struct kmem_cache_args *a) { return a->align; }")
# Large folios of other orders than a PMD's.
probe(mthp
  "#include <linux/mm.h>\nvoid *f = &huge_anon_orders_always;")
probe(migrate_folio_t
  "#include <linux/migrate.h>\nnew_folio_t *f;")
probe(pagetable_pte_ctor
  "#include <linux/mm.h>\nvoid *f = pagetable_pte_ctor;")
probe(move_page_tables_for_stack
  "#include <internal.h>\nlong f(struct vm_area_struct *v) { return move_page_tables(v, 0, v, 0, 0, false, false); }")
probe(folio_deactivate "#include <linux/swap.h>\nvoid *f = folio_deactivate;")
probe(pin_user_pages_vmas
  "#include <linux/mm.h>\nlong f(void) { return pin_user_pages(0, 0, 0, (struct page **)0, (struct vm_area_struct **)0); }")
write_if_new(${linux_generated}/tree.h "${tree_h}")

# --- Objects ---

list(TRANSFORM tree_files PREPEND ${TREE}/ OUTPUT_VARIABLE tree_sources)
add_library(linux_tree OBJECT ${tree_sources})
# A tail call would hide the function that makes it from the names of places.
# As the core: hooks for loads and stores, and no loop may turn into a call or
# a vector store that has none. Tables of globals would keep what is not used.
target_compile_options(linux_tree PRIVATE
  ${tree_flags} -w -fno-sanitize=undefined
  "SHELL:-mllvm -asan-globals=0" -fsanitize=fuzzer-no-link
  -fsanitize-coverage=trace-loads,trace-stores
  -fno-sanitize-coverage=stack-depth,trace-cmp
  -fno-vectorize -fno-slp-vectorize -fno-optimize-sibling-calls)
foreach(name IN ITEMS compaction huge_memory memory_hotplug)
  set_source_files_properties(${TREE}/mm/${name}.c PROPERTIES
    COMPILE_OPTIONS "-include;${linux_dir}/include/keep_${name}.h")
endforeach()

file(GLOB kernel_sources CONFIGURE_DEPENDS ${linux_dir}/kernel/*.c)
add_library(linux_kernel OBJECT ${kernel_sources})
target_compile_options(linux_kernel PRIVATE
  ${tree_flags} -DBRIDGE_QUIET -Wall -Werror -Wno-unused-function
  -Wno-pointer-sign -Wno-gnu -Wno-array-bounds
  -Wno-unused-command-line-argument -fno-sanitize=all)

set(linux_object ${linux_generated}/linux.o)
set(manifest ${PROJECT_BINARY_DIR}/manifest.txt)
string(REGEX MATCH "-[0-9]+$" suffix "${CMAKE_C_COMPILER}")
add_custom_command(OUTPUT ${linux_object} ${manifest}
  COMMAND ${linux_dir}/link.sh ${linux_object} ${manifest} ${CMAKE_C_COMPILER}
    "${suffix}" $<TARGET_OBJECTS:linux_tree> -- $<TARGET_OBJECTS:linux_kernel>
  DEPENDS linux_tree linux_kernel $<TARGET_OBJECTS:linux_tree>
    $<TARGET_OBJECTS:linux_kernel> ${linux_dir}/link.sh ${linux_dir}/tree.lds
    ${linux_dir}/stubs.def ${linux_dir}/allowed.def
  COMMAND_EXPAND_LISTS VERBATIM)
add_custom_target(linux_link DEPENDS ${linux_object})
add_library(linux_subject INTERFACE)
add_dependencies(linux_subject linux_link)
target_link_libraries(linux_subject INTERFACE ${linux_object})

file(GLOB seam_sources CONFIGURE_DEPENDS ${linux_dir}/*.c)
# As scripts/common.sh names build directories.
set(tool "scripts/mmfuzz --linux-tree '${TREE}'")
if(PROJECT_BINARY_DIR MATCHES "/linux-(6\\.[0-9]+)(-real)?$")
  set(tool "scripts/mmfuzz --linux ${CMAKE_MATCH_1}")
endif()
if(GEOMETRY STREQUAL "real")
  string(APPEND tool " --geometry real")
endif()
set_source_files_properties(${linux_dir}/linux.c PROPERTIES
  COMPILE_DEFINITIONS
    "LINUX_NAME=\"linux-${VERSION}.${PATCHLEVEL}\";LINUX_TOOL=\"${tool}\""
  INCLUDE_DIRECTORIES ${linux_generated})
