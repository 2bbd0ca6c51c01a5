# healthpass: `make run` shows the demo venue, `make test` runs the tests.
# Both fetch what is missing first.  Everything that is made goes below $(BUILD),
# but for .deps/, which holds the test tools that Debian 12 does not package.

BUILD     ?= build
PREFIX    ?= /usr
NGINX_SRC ?= /usr/share/nginx/src

# ---- flags; make WERROR=-Werror, CC=clang, SANITIZE=address,undefined, V=1 -------

WARN      = -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes \
            -Wmissing-prototypes -Wcast-qual -Wswitch-enum
ifdef SANITIZE
CFLAGS   ?= -O1 -g1
SAFE      = -fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer -DHP_SANITIZED
# Programs that are not ours get the runtime preloaded, so ours must not bring another one; and
# nginx and each of its modules have a global of one name, ngx_modules.
ifneq ($(findstring clang,$(CC)),)
SHARED_RT = -shared-libasan -Wl,-rpath,$(shell $(CC) -print-runtime-dir)
OWN_NAMES = -fsanitize-address-use-odr-indicator
endif
NGX_CC    = $(CFLAGS) $(SAFE) $(OWN_NAMES)
NGX_LD    = $(SAFE) $(SHARED_RT)
else
CFLAGS   ?= -O2 -g
SAFE      = -fstack-protector-strong -D_FORTIFY_SOURCE=2
NGX_CC    = $(shell dpkg-buildflags --get CFLAGS) $(shell dpkg-buildflags --get CPPFLAGS)
NGX_LD    = $(shell dpkg-buildflags --get LDFLAGS)
endif
COMPILE   = $(CC) -std=c11 -D_GNU_SOURCE -fPIC -fno-plt -fvisibility=hidden $(WARN) $(WERROR) \
            $(SAFE) -Icommon -It/lib $(CPPFLAGS) $(CFLAGS) -MMD -MP -c
LINK      = $(CC) $(SAFE) $(SHARED_RT) $(CFLAGS) -Wl,-z,relro,-z,now,--as-needed $(LDFLAGS)
Q         = $(if $(V),,@)
LIBS      = $(shell pkg-config --libs $(1))
CORE_LIBS = $(call LIBS,libcbor libcrypto hiredis jansson libconfig libutf8proc zlib) -lm
CLI_LIBS  = $(CORE_LIBS) $(call LIBS,libqrencode libpng libcurl libarchive libxml-2.0) -lpam -lpam_misc

# ---- what is built of what ---------------------------------------------------------

# Each list of sources has one home; nginx's config reads common/files too.
CORE     := $(addprefix common/,$(shell cat common/files))
PO       := $(patsubst %,po/%.po,$(shell cat po/LINGUAS))
CLI      := $(addprefix common/,$(shell cat common/cli/files)) pam_module/options.c pam_module/layout.c
PAM      := $(addprefix pam_module/,$(shell cat pam_module/files))
SCAN     := $(wildcard pam_module/scan/*.c) $(addprefix pam_module/,serial.c wait.c wire.c)
TESTLIB  := $(filter-out t/lib/alloc.c,$(wildcard t/lib/*.c)) ngx_module/hp_form.c ngx_module/hp_language.c \
            ngx_module/hp_multipart.c pam_module/wire.c
UNIT     := $(wildcard t/unit/test_*.c)
FUZZ     := $(wildcard t/fuzz/fuzz_*.c)
BENCH    := t/bench/bench.c t/bench/formats.c t/bench/revocation.c
UNITS    := $(wildcard common/cli/systemd/* pam_module/scan/systemd/*)
DEMO     := $(shell find pam_module/demo -type f)
SHARED    = ngx_module/healthpass-log.conf ngx_module/grafana/healthpass.json ngx_module/grafana/healthpass-alerts.yml
MANUALS  := $(wildcard common/*/*.[1-8] ngx_module/*.[1-8] pam_module/*.[1-8])

obj       = $(patsubst %.c,$(BUILD)/%.o,$(1))
HP        = $(BUILD)/libhp.a
CTL       = $(BUILD)/healthpassctl
SCANNER   = $(BUILD)/healthpass-scan
PAM_SO    = $(BUILD)/pam_healthpass.so
NGX_SO    = $(BUILD)/ngx_http_healthpass_module.so
WEB       = $(BUILD)/web/healthpass.html
WEB_NODE  = .deps/web/node_modules
BROWSER   = .deps/browser/node_modules
PRODUCTS  = $(HP) $(CTL) $(SCANNER) $(PAM_SO) $(NGX_SO)
UNIT_BIN  = $(UNIT:%.c=$(BUILD)/%)
REPLAY    = $(FUZZ:t/fuzz/fuzz_%.c=$(BUILD)/t/fuzz/replay_%)
FUZZ_BIN  = $(FUZZ:%.c=$(BUILD)/%)
BENCH_BIN = $(BENCH:%.c=$(BUILD)/%)

all: $(PRODUCTS)

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	@echo '  CC    $<'
	$(Q)$(COMPILE) -o $@ $<

# The only library whose headers have a folder of their own.
$(BUILD)/common/codec/xml.o: CPPFLAGS += $(shell pkg-config --cflags libxml-2.0)

# The texts in all languages, one table; nginx's config.make has the same rule.
$(BUILD)/po/catalogue.c: po/table.awk po/LINGUAS $(PO)
	@mkdir -p $(@D)
	@awk -f po/table.awk $(PO) >$@.new && mv $@.new $@
$(BUILD)/po/catalogue.o: $(BUILD)/po/catalogue.c
	@echo '  CC    $<'
	$(Q)$(COMPILE) -o $@ $<

$(HP): $(call obj,$(CORE)) $(BUILD)/po/catalogue.o
$(BUILD)/libctl.a: $(call obj,$(CLI))
$(BUILD)/libtest.a: $(call obj,$(TESTLIB))
$(HP) $(BUILD)/libctl.a $(BUILD)/libtest.a:
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

$(CTL): $(call obj,$(CLI)) $(HP)
	@echo '  LINK  $@'
	$(Q)$(LINK) -o $@ $^ $(CLI_LIBS)

$(SCANNER): $(call obj,$(SCAN)) $(HP)
	@echo '  LINK  $@'
	$(Q)$(LINK) -o $@ $^ -lm

$(PAM_SO): $(call obj,$(PAM)) $(HP) pam_module/pam_healthpass.map Makefile
	@echo '  LINK  $@'
	$(Q)$(LINK) -shared -o $@ $(filter %.o %.a,$^) $(CORE_LIBS) -lpam \
	    -Wl,--version-script=pam_module/pam_healthpass.map,-z,nodelete$(if $(SANITIZE),,$(comma)-z$(comma)defs)
comma := ,

# nginx's own build system makes the module: configure once, then make, which knows
# the module's sources (the time of their folder tells of a new one).  conf_flags are
# those of Debian's nginx; a plain source tree of exactly the running version does as
# well: NGINX_SRC=/path/to/nginx-1.22.1
$(BUILD)/nginx/Makefile: config config.make common/files ngx_module
	@mkdir -p $(@D)
	@echo '  CONF  $@'
	@bash -c 'set -e; cd $(NGINX_SRC); \
	    if [ -f conf_flags ]; then . ./conf_flags; else NGX_CONF_FLAGS=(--with-compat); fi; \
	    ./configure "$${NGX_CONF_FLAGS[@]}" --with-cc="$(CC)" --with-cc-opt="$(NGX_CC) -fPIC" \
	        --with-ld-opt="$(NGX_LD) -fPIC" --builddir=$(abspath $(@D)) \
	        --add-dynamic-module=$(CURDIR)' >$(@D)/configure.log 2>&1 \
	    || { cat $(@D)/configure.log; rm -f $@; exit 1; }

$(NGX_SO): $(BUILD)/nginx/Makefile FORCE
	@env -u MAKEFLAGS $(MAKE) -s -j$(shell nproc) -C $(NGINX_SRC) -f $(abspath $<) modules
	@cp -u $(<D)/$(@F) $@

# The pass field in the browser, which no other part needs: `make` alone builds without npm.
$(WEB): ngx_module/web/build ngx_module/web/healthpass-web.conf $(wildcard ngx_module/web/src/*) \
    $(WEB_NODE)/.package-lock.json
	@echo '  WEB   $(@D)'
	$(Q)ngx_module/web/build $(WEB_NODE) $(@D)

# Modules come once, of the locked versions; after that nothing here needs a network.
$(WEB_NODE)/.package-lock.json: ngx_module/web/package-lock.json
$(BROWSER)/.package-lock.json: t/browser/package-lock.json
$(WEB_NODE)/.package-lock.json $(BROWSER)/.package-lock.json:
	@command -v npm >/dev/null || { echo 'npm is missing: run make deps' >&2; exit 1; }
	@echo '  NPM   $<'
	@mkdir -p $(@D)/..
	@cp $(<D)/package.json $< $(@D)/..
	$(Q)cd $(@D)/.. && npm ci --omit=optional --ignore-scripts --no-audit --no-fund --loglevel=error >npm.log 2>&1 \
	    || { cat npm.log; exit 1; }
	@touch $@

# As many compilers as there are cores, unless make was told how many.
JOBS = $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(shell nproc))

# ---- using it ------------------------------------------------------------------------

run: deps-run
	@$(MAKE) $(JOBS) -s --no-print-directory $(CTL) $(NGX_SO) $(WEB)
	@exec env BUILD=$(abspath $(BUILD)) ngx_module/demo/run

# `make test T=t/web/basic.t` runs one file; `make check` is test without its deps.
# Sanitizers see what runs our code: texts, layers and the demo are looked at without them.
SUITES    = t
T         = -r $(SUITES) $(UNIT_BIN) $(REPLAY)
PROVE     = prove -j4 $(PROVE_FLAGS)
# Ordinary users take part in root's tests: a TMPDIR that only root can enter is not for them.
TEST_TMP  = "$$(if [ "$$(id -u)" != 0 ] || setpriv --reuid nobody --regid nogroup --clear-groups \
            test -x "$${TMPDIR:-/tmp}"; then echo "$${TMPDIR:-/tmp}"; else echo /tmp; fi)"
TEST_ENV  = MAKEFLAGS= LC_ALL=C.UTF-8 TMPDIR=$(TEST_TMP) PATH="$$PATH:/usr/sbin:/sbin" BUILD=$(abspath $(BUILD)) CC="$(CC)" \
            HEALTHPASSCTL=$(abspath $(CTL)) HEALTHPASS_SCAN=$(abspath $(SCANNER)) PAM_HEALTHPASS=$(abspath $(PAM_SO)) \
            TEST_NGINX_LOAD_MODULES=$(abspath $(NGX_SO)) TEST_NGINX_RANDOMIZE=1 \
            PERL5LIB=$(CURDIR)/.deps/test-nginx/usr/share/perl5

test: deps-test
	@$(MAKE) $(JOBS) --no-print-directory $(BROWSER)/.package-lock.json check

# Builds everything that `make check` runs, and no more.
tests: all $(WEB) $(UNIT_BIN) $(REPLAY) $(BUILD)/t/bench/revocation

check: tests
	@$(TEST_ENV) $(PROVE) $(T)

# The same tests, and fuzzing, for long counted runs.
test-long: deps-test deps-dev
	@$(MAKE) $(JOBS) --no-print-directory check HEALTHPASS_LONG=1
	@$(MAKE) --no-print-directory fuzz RUNS=2000000

# Sanitizers and fuzzing share one build, by the other compiler, which can both.
CLANG     = $(MAKE) $(JOBS) --no-print-directory BUILD=$(BUILD)/sanitize CC=clang \
            SANITIZE=fuzzer-no-link,address,undefined
sanitize: deps-test deps-dev
	@$(CLANG) sanitized

# Commands in their thousands and waits for servers are run without: what they call is in the
# unit tests, which are run with.
PLAIN_CLI = alike fetch fleet ledger override revoke-deny revoke-update rules status systemd update
sanitized: SUITES = $(filter-out $(PLAIN_CLI:%=t/cli/%.t),$(wildcard t/cli/*.t)) t/pam t/web
sanitized: tests
	@$(TEST_ENV) t/lib/sanitized $(PROVE) $(T)

lint: deps-dev
	@.ci/lint

# The PAM module and healthpassctl with what belongs to them: a kiosk has no nginx.
kiosk: $(CTL) $(SCANNER) $(PAM_SO)

install-kiosk: kiosk
	install -D -m 0755 $(CTL) $(DESTDIR)$(PREFIX)/bin/healthpassctl
	install -D -m 0755 $(SCANNER) $(DESTDIR)$(PREFIX)/bin/healthpass-scan
	install -D -m 0644 pam_module/scan/70-healthpass-scanner.rules \
	    $(DESTDIR)$(PREFIX)/lib/udev/rules.d/70-healthpass-scanner.rules
	install -D -m 0644 $(PAM_SO) $(DESTDIR)$(PREFIX)/lib/$(MULTIARCH)/security/pam_healthpass.so
	for page in $(MANUALS); do install -D -m 0644 $$page \
	    $(DESTDIR)$(PREFIX)/share/man/man$${page##*.}/$${page##*/} || exit 1; done
	for unit in $(UNITS); do sed 's,=/usr/bin/,=$(PREFIX)/bin/,' $$unit | install -D -m 0644 /dev/stdin \
	    $(DESTDIR)$(PREFIX)/lib/systemd/system/$${unit##*/} || exit 1; done
	for file in $(DEMO); do install -D -m 0644 $$file \
	    $(DESTDIR)$(PREFIX)/share/doc/healthpass/kiosk/$${file#pam_module/demo/} || exit 1; done
	install -D -m 0644 pam_module/demo/pam-configs/healthpass $(DESTDIR)$(PREFIX)/share/pam-configs/healthpass
	install -m 0644 README.md SECURITY.md CHANGELOG.md LICENSE $(DESTDIR)$(PREFIX)/share/doc/healthpass

install: install-kiosk all $(WEB)
	install -D -m 0644 $(NGX_SO) $(DESTDIR)$(PREFIX)/lib/nginx/modules/$(notdir $(NGX_SO))
	install -d $(DESTDIR)$(PREFIX)/share/nginx/modules-available
	echo 'load_module modules/$(notdir $(NGX_SO));' \
	    >$(DESTDIR)$(PREFIX)/share/nginx/modules-available/mod-http-healthpass.conf
	install -d $(DESTDIR)$(PREFIX)/share/healthpass
	install -m 0644 $(SHARED) $(DESTDIR)$(PREFIX)/share/healthpass
	install -d $(DESTDIR)$(PREFIX)/share/healthpass/web
	install -m 0644 $(dir $(WEB))*.* $(DESTDIR)$(PREFIX)/share/healthpass/web
	sed 's,/usr/share/healthpass/,$(PREFIX)/share/healthpass/,' ngx_module/web/healthpass-web.conf \
	    >$(DESTDIR)$(PREFIX)/share/healthpass/web/healthpass-web.conf

MULTIARCH ?= $(shell $(CC) -print-multiarch)

clean:
	rm -rf $(BUILD)

# ---- tests, fuzzing and the bench -------------------------------------------------------

# Calls of malloc and friends in our own objects go through t/lib/alloc.c, which
# counts them and can let the n-th one fail.
WRAP      = -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=reallocarray \
            -Wl,--wrap=strdup,--wrap=strndup
TEST_LIBS = $(BUILD)/t/lib/alloc.o $(BUILD)/libtest.a $(BUILD)/libctl.a $(HP)

$(UNIT_BIN): $(BUILD)/%: $(BUILD)/%.o $(TEST_LIBS)
	@echo '  LINK  $@'
	$(Q)$(LINK) -o $@ $^ $(WRAP) $(CLI_LIBS) $(call LIBS,cmocka)

# A fuzz target with a plain main runs its seeds and some mutations of them in `make test`.
$(REPLAY): $(BUILD)/t/fuzz/replay_%: $(BUILD)/t/fuzz/fuzz_%.o $(BUILD)/t/fuzz/replay.o \
    $(TEST_LIBS)
	@echo '  LINK  $@'
	$(Q)$(LINK) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(WRAP) $(CLI_LIBS)

# The PAM module as a whole, between calls of libpam's that the target answers.
$(BUILD)/t/fuzz/replay_pam $(BUILD)/t/fuzz/fuzz_pam: $(call obj,$(PAM))
$(BUILD)/t/fuzz/replay_pam $(BUILD)/t/fuzz/fuzz_pam: WRAP += -Wl,--wrap=geteuid,--wrap=connect

RUNS      = 200000
fuzz: deps-dev
	@$(CLANG) fuzzed
$(FUZZ_BIN): SHARED_RT =
$(FUZZ_BIN): $(BUILD)/%: $(BUILD)/%.o $(BUILD)/t/fuzz/seeds.o $(TEST_LIBS)
	@echo '  LINK  $@'
	$(Q)$(LINK) -fsanitize=fuzzer -o $@ $(filter %.o,$^) $(filter %.a,$^) $(WRAP) $(CLI_LIBS)
fuzzed: $(FUZZ_BIN)
	@t/fuzz/run $(RUNS) $(FUZZ_BIN)

bench: deps-dev
	@$(MAKE) $(JOBS) --no-print-directory $(BUILD)/t/bench/bench $(BUILD)/t/bench/formats $(CTL)
	@t/bench/run $(BUILD)/t/bench/bench $(BUILD)/t/bench/formats $(CTL) $(BENCH_FLAGS)

# A hundred million entries want 5 GB below $(BUILD) for a minute or two; N=... takes others.
bench-revocation:
	@$(MAKE) $(JOBS) --no-print-directory $(BUILD)/t/bench/revocation
	@t/bench/run-revocation $(BUILD)/t/bench/revocation $(BUILD)/t/bench $(N)

$(BENCH_BIN): $(BUILD)/%: $(BUILD)/%.o $(BUILD)/t/bench/measure.o $(TEST_LIBS)
	@echo '  LINK  $@'
	$(Q)$(LINK) -o $@ $^ $(WRAP) $(CLI_LIBS)

# ---- what has to be installed, see .ci/deps ----------------------------------------------

deps: deps-run deps-test deps-dev
deps-kiosk deps-run deps-test deps-dev: deps-%:
	@.ci/deps $*

FORCE:
-include $(wildcard $(addprefix $(BUILD)/,common/*.d common/*/*.d po/*.d pam_module/*.d pam_module/*/*.d ngx_module/*.d t/*/*.d))
.PHONY: all run test tests check test-long sanitize sanitized lint install clean \
        fuzz fuzzed bench bench-revocation deps deps-kiosk deps-run deps-test deps-dev kiosk \
        install-kiosk FORCE
