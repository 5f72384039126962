# The only entry point. Sources are found by wildcard, so a new file needs no line here.
# Output goes to $(BUILD); a variant (SAN=address,undefined, SAN=thread, SAN=coverage, SAN=fuzz)
# is the same build with other flags in a directory of its own.

BUILD ?= build
GEN := $(BUILD)/gen
PYTHON := /usr/bin/python3
SAN ?=
SECONDS_EACH ?= 60
JOBS ?= $(shell nproc)
export BUILD

ifeq ($(origin CC),default)
CC := gcc
endif

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wmissing-prototypes -Wvla -Werror
LANGUAGE := -std=c17 -D_GNU_SOURCE -I. -I$(GEN) -isystem /usr/include/postgresql -include common/banned.h
HARDENING := -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection -fPIE
LINK_HARDENING := -pie -Wl,-z,relro,-z,now

ifeq ($(SAN),)
VARIANT_CFLAGS := -O2 -g $(HARDENING)
VARIANT_LDFLAGS := $(LINK_HARDENING)
else ifeq ($(SAN),coverage)
VARIANT_CFLAGS := -O0 -g --coverage
VARIANT_LDFLAGS := --coverage
else ifeq ($(SAN),fuzz)
VARIANT_CFLAGS := -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
VARIANT_LDFLAGS := -fsanitize=fuzzer,address,undefined
else
# gcc warns of null formats and unset variables that only the instrumentation makes possible.
VARIANT_CFLAGS := -O1 -g -fno-omit-frame-pointer -fsanitize=$(SAN) -fno-sanitize-recover=all \
	-Wno-format-truncation -Wno-format-overflow -Wno-maybe-uninitialized -Wno-null-dereference
VARIANT_LDFLAGS := -fsanitize=$(SAN)
endif

COMPILE = $(CC) $(LANGUAGE) $(WARNINGS) $(VARIANT_CFLAGS) $(CFLAGS)
LINK = $(CC) $(VARIANT_LDFLAGS) $(LDFLAGS) -Wl,--as-needed
# `make V=1` shows the commands themselves.
V ?=
say = $(if $(V),,@echo '  $(1)' &&)

LIBS := -lical -lvoikko -lcurl -levent_core -levent_pthreads -lpq -ljansson -lqrencode -luuid -lsodium -lpthread -lm

COMMON_SOURCES := $(sort $(wildcard common/*.c))
API_SOURCES := $(sort $(wildcard api/*.c api/*/*.c))
ADMIN_SOURCES := $(sort $(wildcard worker/admin/*.c))
WORKER_SOURCES := $(sort $(filter-out $(ADMIN_SOURCES),$(wildcard worker/*.c worker/*/*.c)))
UNIT_TESTS := $(sort $(wildcard tests/unit/test_*.c))
UNIT_SUPPORT := $(sort $(filter-out $(UNIT_TESTS),$(wildcard tests/unit/*.c)))
FUZZERS := $(sort $(wildcard tests/fuzz/fuzz_*.c))
ALL_SOURCES := $(COMMON_SOURCES) $(API_SOURCES) $(WORKER_SOURCES) $(ADMIN_SOURCES)

# Goals that compile something read the list of generated files; the others must work before any package is there.
FRONT_GOALS := run test bench help format format-check lint analyze sanitize fuzz faults coverage check-sql schema \
	check-openapi deps deps-all clean
ifneq ($(filter-out $(FRONT_GOALS),$(or $(MAKECMDGOALS),all)),)
include $(GEN)/files.mk
endif

objects = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
generated_objects = $(patsubst $(GEN)/%.c,$(BUILD)/obj/gen/%.o,$(1))

COMMON_OBJECTS := $(call objects,$(COMMON_SOURCES))
API_OBJECTS := $(call objects,$(API_SOURCES)) $(call generated_objects,$(GEN_API))
WORKER_OBJECTS := $(call objects,$(WORKER_SOURCES)) $(call generated_objects,$(GEN_WORKER))
ADMIN_OBJECTS := $(call objects,$(ADMIN_SOURCES)) $(call generated_objects,$(GEN_ADMIN))
UNIT_SUPPORT_OBJECTS := $(call objects,$(UNIT_SUPPORT))
GENERATED_OBJECTS := $(call generated_objects,$(GEN_API) $(GEN_WORKER) $(GEN_ADMIN))
LIBRARIES := $(BUILD)/libapi.a $(BUILD)/libworker.a $(BUILD)/libadmin.a $(BUILD)/libcommon.a

# A program is built as soon as its main.c is there.
PROGRAMS := $(if $(wildcard api/main.c),$(BUILD)/osallisuus-api) \
	$(if $(wildcard worker/main.c),$(BUILD)/osallisuus-worker) \
	$(if $(wildcard worker/admin/main.c),$(BUILD)/osallisuus-admin)
UNIT_PROGRAMS := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(UNIT_TESTS))
# Servers that pytest starts beside the real programs.
TEST_SERVERS := $(sort $(wildcard tests/api/*.c))
TEST_PROGRAMS := $(patsubst tests/api/%.c,$(BUILD)/test/%,$(TEST_SERVERS))
FUZZ_PROGRAMS := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzzers/%,$(FUZZERS))

.PHONY: all objects unit fuzzers $(FRONT_GOALS)
.DELETE_ON_ERROR:
.SECONDARY:

all: $(PROGRAMS) ## build the three programs (the default)
objects: $(call objects,$(ALL_SOURCES)) $(GENERATED_OBJECTS)
unit: $(UNIT_PROGRAMS) $(TEST_PROGRAMS)
fuzzers: $(FUZZ_PROGRAMS)

# ---- generated sources ----

GENERATOR := $(wildcard openapi/*.py openapi/*/*.py)
CONTRACT := $(wildcard openapi/*.yaml openapi/*/*.yaml sql/migrations/*.sql sql/queries/*.sql sql/jobs/*.sql sql/admin/*.sql)

# The directories are prerequisites too, so that a removed file is noticed. The compiler leaves alone what did not change.
$(GEN)/files.mk: $(GENERATOR) $(CONTRACT) $(sort $(dir $(GENERATOR) $(CONTRACT)))
	@mkdir -p $(GEN)
	$(if $(wildcard openapi/generate.py),$(call say,GEN $(GEN))$(PYTHON) openapi/generate.py --out $(GEN))
	@cd $(GEN) && { printf 'GEN_WORKER :='; ls | grep '^jobs_sql.*\.c$$' | sed 's|^| $(GEN)/|' | tr -d '\n'; echo; \
		printf 'GEN_ADMIN :='; ls | grep '^admin_sql.*\.c$$' | sed 's|^| $(GEN)/|' | tr -d '\n'; echo; \
		printf 'GEN_API :='; ls | grep '\.c$$' | grep -v -e '^jobs_sql' -e '^admin_sql' | sed 's|^| $(GEN)/|' \
		| tr -d '\n'; echo; } > files.mk

# ---- objects, archives, programs ----

$(BUILD)/obj/gen/%.o: $(GEN)/%.c
	@mkdir -p $(@D)
	$(call say,CC $<)$(COMPILE) -MMD -MP -c -o $@ $<

$(BUILD)/obj/%.o: %.c | $(GEN)/files.mk
	@mkdir -p $(@D)
	$(call say,CC $<)$(COMPILE) -MMD -MP -c -o $@ $<

# Archives are what unit tests and fuzzers link: everything but the main.o of a program.
$(BUILD)/libcommon.a: $(COMMON_OBJECTS)
$(BUILD)/libapi.a: $(filter-out %/api/main.o,$(API_OBJECTS))
$(BUILD)/libworker.a: $(filter-out %/worker/main.o,$(WORKER_OBJECTS))
$(BUILD)/libadmin.a: $(filter-out %/admin/main.o,$(ADMIN_OBJECTS))
$(LIBRARIES):
	@mkdir -p $(@D) && rm -f $@
	$(call say,AR $@)$(AR) rcs $@ $^

$(BUILD)/osallisuus-api: $(API_OBJECTS) $(COMMON_OBJECTS)
$(BUILD)/osallisuus-worker: $(WORKER_OBJECTS) $(COMMON_OBJECTS)
$(BUILD)/osallisuus-admin: $(ADMIN_OBJECTS) $(COMMON_OBJECTS)
$(PROGRAMS):
	$(call say,LD $@)$(LINK) -o $@ $^ $(LIBS)

$(BUILD)/unit/%: $(BUILD)/obj/tests/unit/%.o $(UNIT_SUPPORT_OBJECTS) $(LIBRARIES)
	@mkdir -p $(@D)
	$(call say,LD $@)$(LINK) -o $@ $(filter %.o,$^) -Wl,--start-group $(LIBRARIES) -Wl,--end-group -lcmocka $(LIBS)

$(BUILD)/test/%: $(BUILD)/obj/tests/api/%.o $(LIBRARIES)
	@mkdir -p $(@D)
	$(call say,LD $@)$(LINK) -o $@ $< -Wl,--start-group $(LIBRARIES) -Wl,--end-group $(LIBS)

$(BUILD)/fuzzers/%: $(BUILD)/obj/tests/fuzz/%.o $(LIBRARIES)
	@mkdir -p $(@D)
	$(call say,LD $@)$(LINK) -o $@ $< -Wl,--start-group $(LIBRARIES) -Wl,--end-group $(LIBS)

-include $(patsubst %.o,%.d,$(call objects,$(ALL_SOURCES) $(UNIT_TESTS) $(UNIT_SUPPORT) $(TEST_SERVERS) $(FUZZERS)) $(GENERATED_OBJECTS))

# ---- what people call ----

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 16

deps: ## install what is missing to build, run and test (apt and npm; asks sudo when not root)
	@docker/local/deps.sh build run test
	@docker/local/docs.sh
	@docker/local/node_modules.sh

deps-all: ## the same, and the tools of analyze, fuzz, coverage, bench and check-openapi
	@docker/local/deps.sh all
	@docker/local/docs.sh
	@docker/local/node_modules.sh all

run: ## everything from a fresh checkout: build, database, demo data, API, workers, mail sink
	@env --default-signal=INT docker/local/run.sh

test: deps ## build and run all tests; ends with "N passed, N failed"
	@$(MAKE) --no-print-directory -j $(JOBS) all unit
	@$(PYTHON) tests/run.py

sanitize: deps ## the tests under ASan and UBSan; then the api's under TSan
	@$(MAKE) --no-print-directory -j $(JOBS) SAN=address,undefined BUILD=$(BUILD)/asan all unit
	@BUILD=$(BUILD)/asan ASAN_OPTIONS=detect_stack_use_after_return=1 UBSAN_OPTIONS=print_stacktrace=1 \
		$(PYTHON) tests/run.py
	@$(MAKE) --no-print-directory -j $(JOBS) SAN=thread BUILD=$(BUILD)/tsan all unit
	@BUILD=$(BUILD)/tsan TSAN_OPTIONS=halt_on_error=1 $(PYTHON) tests/run.py tests/unit tests/api

coverage: ## the tests once more with counters; a table of lines that no test reaches
	@docker/local/deps.sh build run test coverage
	@$(MAKE) --no-print-directory -j $(JOBS) SAN=coverage BUILD=$(BUILD)/coverage all unit
	@BUILD=$(BUILD)/coverage $(PYTHON) tests/run.py
	@gcovr --root . --object-directory $(BUILD)/coverage --exclude '$(GEN)' --exclude tests $(BUILD)/coverage

fuzz: ## SECONDS_EACH=60: every fuzzer of tests/fuzz for so long, from the corpus that is kept
	@docker/local/deps.sh build fuzz
	@$(MAKE) --no-print-directory -j $(JOBS) SAN=fuzz CC=clang BUILD=$(BUILD)/fuzz fuzzers
	@BUILD=$(BUILD)/fuzz tests/fuzz/run.sh $(SECONDS_EACH)

faults: deps ## kill, stop and stall processes under load and check that nothing acknowledged is lost
	@$(MAKE) --no-print-directory -j $(JOBS) all
	@FAULT_SECONDS=$${FAULT_SECONDS:-60} $(PYTHON) tests/run.py tests/faults

bench: ## throughput beside pgbench and nginx, in a cluster of its own
	@docker/local/deps.sh build run test bench
	@$(MAKE) --no-print-directory -j $(JOBS) all
	@tests/bench/run.sh

lint: ## include rules, banned functions, headers that compile alone, lengths, SQL rules
	@tests/lint/run.sh

check-sql: deps ## migrate an empty database, compare with schema.sql, prepare every statement
	@$(MAKE) --no-print-directory -j $(JOBS) all
	@$(PYTHON) tests/lint/check_sql.py

schema: deps ## write sql/schema.sql from the migrations
	@$(MAKE) --no-print-directory -j $(JOBS) all
	@$(PYTHON) tests/lint/check_sql.py --write

check-openapi: ## Redocly and Spectral over the bundled contract
	@docker/local/deps.sh build openapi
	@docker/local/node_modules.sh all
	@$(MAKE) --no-print-directory $(GEN)/files.mk
	@tests/lint/check_openapi.sh

C_FILES = $(shell find api common worker tests -name '*.[ch]' -not -path '*/node_modules/*')

format: ## clang-format every C file
	@clang-format-14 -i $(C_FILES)

format-check: ## fails when clang-format would change a file
	@clang-format-14 --dry-run -Werror $(C_FILES)

analyze: ## clang-tidy, gcc -fanalyzer, cppcheck: no findings
	@docker/local/deps.sh build analyze
	@$(MAKE) --no-print-directory $(GEN)/files.mk
	@BUILD=$(BUILD) tests/lint/analyze.sh $(LANGUAGE)

clean: ## remove what was built (var/ with its data stays; `make run` tells how to wipe it)
	rm -rf $(BUILD)
