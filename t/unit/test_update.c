/*
 * trust update with each allocation failing once: it ends in peace, with an exit code of the
 * manual, and the store is the old one or the new one.
 */
#include "unit.h"

#include "cli/trust.h"
#include "maker.h"
#include "starver.h"

#include <unistd.h>

/* Keys in the store, which must be whole. */
static size_t
keys_in(hp_crypto *crypto, const char *store)
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
    const char *store = maker_c_string(maker_print("%s/x.store", maker_folder()));
    const char *feeds = maker_file("feeds.conf", maker_print("store = \"%s\"; feeds = ( { name = "
        "\"n\"; from = \"folder\"; url = \"%s/trust\"; allow_unsigned = true; } );", store,
        maker_folder()));

    (void)state;
    (void)maker_file("trust/a.pem", hp_str_of(key->pem));
    starver_update(&hp_cli_trust_update, feeds, store, keys_in);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_allocation_fails_once),
};

UNIT_MAIN(tests)
