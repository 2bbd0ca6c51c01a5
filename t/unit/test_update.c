/*
 * trust update with each allocation failing once: it ends in peace, with an exit code of the
 * manual, and the store is the old one or the new one.
 */
#include "unit.h"

#include "cli/cli.h"
#include "cli/trust.h"
#include "maker.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static char store[256];

/* The command, with the nth allocation failing; what it prints is nobody's. */
static int
update(const char *feeds, size_t nth)
{
    char name[] = "trust update", now[] = "--now", from[512];
    char *argv[] = { name, now, from, NULL };
    int nowhere = open("/dev/null", O_WRONLY), out = dup(1), err = dup(2), status;

    (void)snprintf(from, sizeof(from), "--feeds=%s", feeds);
    assert_true(nowhere >= 0 && out >= 0 && err >= 0);
    (void)fflush(stdout);
    (void)dup2(nowhere, 1);
    (void)dup2(nowhere, 2);
    alloc_start(nth);
    status = hp_cli_trust_update.run(&hp_cli_trust_update, 3, argv);
    (void)fflush(stdout);
    (void)dup2(out, 1);
    (void)dup2(err, 2);
    (void)close(nowhere);
    (void)close(out);
    (void)close(err);
    return status;
}

/* Keys in the store, which must be whole. */
static size_t
keys_in_store(hp_crypto *crypto)
{
    hp_records list;
    hp_error error;
    size_t n;

    if (access(store, F_OK) != 0)
        return 0;
    if (!hp_trust_read(crypto, store, true, &list, &error))
        fail_msg("%s", error.text);
    n = list.n;
    hp_records_free(&list);
    return n;
}

static void
every_allocation_fails_once(void **state)
{
    const maker_key *key = maker_key_new(HP_ALG_ES256, "");
    const char *feeds;
    hp_crypto *crypto = hp_crypto_new();
    size_t nth = 0, calls, taken = 0;
    int status;

    (void)state;
    assert_non_null(crypto);
    (void)maker_file("trust/a.pem", hp_str_of(key->pem));
    (void)snprintf(store, sizeof(store), "%s/x.store", maker_folder());
    feeds = maker_file("feeds.conf", maker_print("store = \"%s\"; feeds = ( { name = \"n\"; "
        "from = \"folder\"; url = \"%s/trust\"; allow_unsigned = true; } );", store,
        maker_folder()));
    do {
        status = update(feeds, ++nth);
        calls = alloc_calls();
        alloc_start(0);
        assert_in_range(status, HP_EXIT_OK, HP_EXIT_FAULT);
        if (status == HP_EXIT_OK)
            taken++;
        assert_in_range(keys_in_store(crypto), taken > 0, 1);
    } while (calls >= nth && nth < 5000);
    assert_in_range(nth, 30, 5000);
    assert_int_equal(status, HP_EXIT_OK);
    assert_int_equal(keys_in_store(crypto), 1);
    hp_crypto_free(crypto);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_allocation_fails_once),
};

UNIT_MAIN(tests)
