# idletax - see README.md. One non-recursive Makefile; everything it makes lies under $(BUILD).
#
#   make            build/idletax                  make analysis   without record (no libbpf, no clang)
#   make setup      install what is missing         make demo       record and report a real application
#   make test       all tests but two long ones     make bench      benchmarks
#   make test-runtimes   real runtimes under real emulators: the long table
#   make test-kernels    the recorder on Debian's kernels, under qemu
#   make test-all        all three in one run, as CI does
#   make bench-accuracy  how many links are right, under real emulators and 1, 8 and 64 requests at once
#   make install    PREFIX=/usr/local DESTDIR=      make clean
#   SAN=address,undefined  sanitizers (their own build folder)      V=1  show the commands

MAKEFLAGS += -r
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:

ROOT := build
SAN ?=
ifeq ($(SAN),)
BUILD ?= $(ROOT)
else
comma := ,
BUILD ?= $(ROOT)/san-$(subst $(comma),-,$(SAN))
SAN_FLAGS := -fsanitize=$(SAN) -fno-omit-frame-pointer -fno-sanitize-recover=all
endif

PREFIX ?= /usr/local
DESTDIR ?=
V ?= 0
Q := $(if $(filter 1,$(V)),,@)
say = $(if $(filter 1,$(V)),,@printf '  %-8s %s\n' '$(1)' '$(2)')

VERSION := 0.1.0
CC := gcc
CLANG := clang
BPFTOOL := bpftool
CFLAGS ?= -O2 -g
WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wwrite-strings \
	-Wno-unused-parameter $(if $(CI),-Werror)
CPPFLAGS += -D_GNU_SOURCE -DIDLETAX_VERSION='"$(VERSION)"' -Iinclude -Iuser
ALL_CFLAGS = -std=gnu11 -fno-common $(CFLAGS) $(WARNINGS) $(SAN_FLAGS)
MULTIARCH := $(shell $(CC) -print-multiarch 2>/dev/null)

# ---- sources, by layer (arrows run one way: tools/check-layers) ----

ANALYSIS_DIRS := base wire trace model assemble analysis import output
TERMINAL_SOURCES := $(wildcard user/output/terminal/*.c)
ANALYSIS_SOURCES := $(foreach d,$(ANALYSIS_DIRS),$(wildcard user/$(d)/*.c))
FACTS_SOURCES := $(wildcard user/facts/*.c)
CAPTURE_SOURCES := $(wildcard user/capture/*.c)
LIVE_COMMANDS := $(wildcard user/cmd/record.c user/cmd/top.c user/cmd/doctor.c)
COMMAND_SOURCES := $(filter-out $(LIVE_COMMANDS),$(wildcard user/cmd/*.c))
# What is declared elsewhere comes first: the linker loses maps that are defined after their first use.
BPF_SOURCES := bpf/maps.bpf.c $(filter-out bpf/maps.bpf.c,$(wildcard bpf/*.bpf.c))

objects = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
ANALYSIS_LIB := $(BUILD)/libidletax-analysis.a
SKELETON := $(BUILD)/gen/idletax.skel.h
ANALYSIS_LIBS := -lz -lcjson
TERMINAL_LIBS := -lsmartcols
CAPTURE_LIBS := -lbpf -lelf -lcapstone

# ---- programs ----

.PHONY: all analysis setup demo test test-runtimes test-kernels test-all bench bench-accuracy install clean \
	check-layers unit tools
all: $(BUILD)/idletax tools

analysis: $(ROOT)/analysis/idletax

$(BUILD)/idletax: $(call objects,$(COMMAND_SOURCES) $(LIVE_COMMANDS) $(CAPTURE_SOURCES) \
		$(FACTS_SOURCES) $(TERMINAL_SOURCES)) $(ANALYSIS_LIB)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(CAPTURE_LIBS) $(TERMINAL_LIBS) $(ANALYSIS_LIBS)

# The command table leaves out what needs capture when IDLETAX_ANALYSIS_ONLY is defined.
$(ROOT)/analysis/idletax: $(patsubst %.c,$(ROOT)/analysis/obj/%.o,$(COMMAND_SOURCES) $(FACTS_SOURCES) \
		$(TERMINAL_SOURCES) $(ANALYSIS_SOURCES))
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(TERMINAL_LIBS) $(ANALYSIS_LIBS)

$(ROOT)/analysis/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS) -DIDLETAX_ANALYSIS_ONLY $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(ANALYSIS_LIB): $(call objects,$(ANALYSIS_SOURCES))
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar rcs $@ $^

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS) -I$(BUILD)/gen $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(call objects,$(CAPTURE_SOURCES)): | $(SKELETON)

# Embedded as they are; -MMD does not see that.
$(BUILD)/obj/user/output/schema.o $(ROOT)/analysis/obj/user/output/schema.o: $(wildcard user/output/*.schema.json)

$(BUILD)/obj/user/analysis/price_plans.o $(ROOT)/analysis/obj/user/analysis/price_plans.o: \
		$(wildcard user/analysis/price_plans/*.json)

# ---- kernel programs: one object per source, joined, one skeleton ----

$(BUILD)/bpf/%.bpf.o: bpf/%.bpf.c
	@mkdir -p $(@D)
	$(call say,BPF,$<)
	$(Q)$(CLANG) -target bpf -D__TARGET_ARCH_x86 -O2 -g -Wall -Wno-unused-function -Iinclude -Ibpf \
		-I/usr/include/$(MULTIARCH) -MMD -MP -c -o $@ $<

$(BUILD)/bpf/idletax.linked.o: $(patsubst bpf/%.c,$(BUILD)/bpf/%.o,$(BPF_SOURCES))
	$(call say,BPFLINK,$@)
	$(Q)$(BPFTOOL) gen object $@ $^

$(SKELETON): $(BUILD)/bpf/idletax.linked.o
	@mkdir -p $(@D)
	$(call say,SKEL,$@)
	$(Q)$(BPFTOOL) gen skeleton $< name idletax > $@

# ---- tools in C: tools/NAME/*.c ----

TOOL_NAMES := $(patsubst tools/%/,%,$(sort $(dir $(wildcard tools/*/*.c))))
tools: $(addprefix $(BUILD)/,$(TOOL_NAMES))
define tool_rule
$(BUILD)/$(1): $(call objects,$(wildcard tools/$(1)/*.c)) $(ANALYSIS_LIB)
	$$(call say,LINK,$$@)
	$$(Q)$$(CC) $$(ALL_CFLAGS) $$(LDFLAGS) -o $$@ $$^ $$(ANALYSIS_LIBS)
endef
$(foreach t,$(TOOL_NAMES),$(eval $(call tool_rule,$(t))))

# ---- the capture side alone, for tests/live/kernel ----

$(BUILD)/records: $(call objects,tests/live/kernel/records.c $(CAPTURE_SOURCES)) $(ANALYSIS_LIB)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(CAPTURE_LIBS) $(ANALYSIS_LIBS)

# ---- unit tests: tests/unit/test_NAME.c, each its own cmocka program ----

UNIT_SOURCES := $(wildcard tests/unit/test_*.c)
UNIT_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(UNIT_SOURCES))
unit: $(UNIT_TESTS)
# What reads programs needs the recorder's libraries.
$(BUILD)/unit/test_capture_native $(BUILD)/unit/test_capture_node: UNIT_LIBS := $(CAPTURE_LIBS)
# This one includes a module that names the kernel programs.
$(BUILD)/obj/tests/unit/test_capture_follow.o: | $(SKELETON)
$(BUILD)/unit/%: $(BUILD)/obj/tests/unit/%.o $(call objects,$(FACTS_SOURCES)) $(ANALYSIS_LIB)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ -lcmocka $(UNIT_LIBS) $(ANALYSIS_LIBS)
.PRECIOUS: $(BUILD)/obj/%.o

# ---- what people type ----

setup:
	$(Q)tools/setup

check-layers:
	$(Q)tools/check-layers

demo:
	$(Q)tools/demo/run

test:
	$(Q)tools/setup live
	$(Q)tests/run

test-runtimes:
	$(Q)tools/setup live
	$(Q)$(MAKE) -s all
	$(Q)tests/runtimes/run

test-kernels:
	$(Q)tools/setup kernels
	$(Q)$(MAKE) -s all
	$(Q)tests/kernels/run

test-all:
	$(Q)tools/setup live
	$(Q)tools/setup kernels
	$(Q)tests/run --all

bench:
	$(Q)tools/setup
	$(Q)tests/bench/run

bench-accuracy:
	$(Q)tools/setup live
	$(Q)$(MAKE) -s all
	$(Q)tests/bench/bench-accuracy

install: all
	install -D -m 755 $(BUILD)/idletax $(DESTDIR)$(PREFIX)/bin/idletax
	for page in user/cmd/*.1; do \
		install -D -m 644 $$page $(DESTDIR)$(PREFIX)/share/man/man1/$${page##*/} || exit 1; done
	for page in user/cmd/*.5; do \
		install -D -m 644 $$page $(DESTDIR)$(PREFIX)/share/man/man5/$${page##*/} || exit 1; done
	install -D -m 644 user/cmd/idletax.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/idletax

clean:
	rm -rf $(ROOT)/obj $(ROOT)/bpf $(ROOT)/gen $(ROOT)/unit $(ROOT)/analysis $(ROOT)/san-* \
		$(ROOT)/idletax $(ROOT)/*.a $(addprefix $(ROOT)/,$(TOOL_NAMES))

DEPENDENCIES := $(shell find $(BUILD)/obj $(BUILD)/bpf $(ROOT)/analysis/obj -name '*.d' -type f 2>/dev/null)
-include $(DEPENDENCIES)
