/*
 * trust export: a store for a machine without a network.
 *
 * It is a store like any other, so gates read it where a policy's trust names it.  Its SHA-256
 * is printed as sha256sum prints it, to be compared after the transport.
 */
#include "cli/cli.h"
#include "cli/trust.h"
#include "cli/trust_report.h"

#include "base/hex.h"
#include "check/store.h"

#include <errno.h>

typedef struct {
    const char *to;
    hp_cli_texts sources;
    bool usable;
} choices;

static const hp_cli_option options[] = {
    { .name = "-o", .value = "FILE", .kind = HP_CLI_TEXT, .at = offsetof(choices, to),
      .help = "the new store; must not be there yet" },
    { .name = "--source", .value = "NAME", .kind = HP_CLI_TEXTS, .at = offsetof(choices, sources),
      .help = "this list only; repeatable (all)" },
    { .name = "--usable", .kind = HP_CLI_FLAG, .at = offsetof(choices, usable),
      .help = "without keys that nobody may use now" },
    { .name = NULL },
};

static bool
is_wanted(const void *context, const hp_source *source)
{
    const hp_cli_texts *names = context;
    size_t i;

    for (i = 0; i < names->n; i++) {
        if (strcmp(names->text[i], source->name) == 0)
            return true;
    }
    return names->n == 0;
}

/* A name that no list has: NULL when there is none. */
static const char *
unknown_name(const hp_cli_texts *names, const hp_records *list)
{
    size_t i, j;

    for (i = 0; i < names->n; i++) {
        for (j = 0; j < list->n_sources; j++) {
            if (strcmp(names->text[i], list->sources[j].name) == 0)
                break;
        }
        if (j == list->n_sources)
            return names->text[i];
    }
    return NULL;
}

/* A key that is not valid yet will be, where the store goes.  What is left behind is not taken. */
static void
leave_usable(hp_records *list, double now)
{
    size_t i, n = 0;

    for (i = 0; i < list->n; i++) {
        const hp_record *r = &list->all[i];
        hp_key_state state = hp_key_state_at(r, now);

        if (r->role != HP_ROLE_SIGNER || state == HP_KEY_USABLE || state == HP_KEY_NOT_YET)
            list->all[n++] = *r;
        else
            list->sources[r->source].keys--;
    }
    list->n = n;
}

static int
write_store(const hp_cli_command *self, const choices *c, hp_crypto *crypto,
            const hp_records *list)
{
    char hex[HP_HEX_TEXT(HP_SHA256)];
    uint8_t digest[HP_SHA256];
    hp_bytes bytes;
    hp_error error;
    hp_str whole;
    int status = HP_EXIT_OK;

    if (!hp_store_write(crypto, list, hp_cli_now(), &bytes, &error))
        return hp_cli_say(self, HP_EXIT_FAULT, "%s", error.text);
    whole = (hp_str){ bytes.p, bytes.n };
    if (!hp_sha256(crypto, &whole, 1, digest))
        status = hp_cli_say(self, HP_EXIT_FAULT, "out of memory");
    else if (!hp_cli_make(c->to, 0644, (gid_t)-1, bytes.p, bytes.n))
        status = hp_cli_say(self, HP_EXIT_FAULT, "%s: %s", c->to, strerror(errno));
    hp_bytes_free(&bytes);
    if (status != HP_EXIT_OK)
        return status;
    hp_hex_write((hp_str){ digest, sizeof(digest) }, hex);
    printf("%s  ", hex);
    hp_cli_put_safe(hp_str_of(c->to), stdout);
    putchar('\n');
    return hp_cli_say(self, HP_EXIT_OK, "%zu lists, %zu records, environment %s", list->n_sources,
                      list->n, hp_env_name(list->env));
}

static int
export(const hp_cli_command *self, const choices *c, hp_crypto *crypto, const char *store)
{
    const char *unknown;
    hp_records list;
    hp_error error;
    int status;

    if (!hp_trust_read(crypto, store, true, &list, &error))
        return hp_cli_say(self, HP_EXIT_FAULT, "%s", error.text);
    unknown = unknown_name(&c->sources, &list);
    if (unknown != NULL)
        status = hp_cli_say(self, HP_EXIT_REFUSED, "%s: holds no list named %s", store, unknown);
    else {
        hp_trust_keep(&list, is_wanted, &c->sources);
        if (c->usable)
            leave_usable(&list, hp_cli_now());
        status = write_store(self, c, crypto, &list);
    }
    hp_records_free(&list);
    return status;
}

static int
start(const hp_cli_command *self, const choices *c, const hp_cli_texts *stores)
{
    hp_crypto *crypto;
    int status;

    if (stores->n != 1)
        return hp_cli_say(self, HP_EXIT_USAGE, "expected one STORE");
    if (c->to == NULL)
        return hp_cli_say(self, HP_EXIT_USAGE, "-o FILE is missing: where the store is to go");
    crypto = hp_crypto_new();
    if (crypto == NULL)
        return hp_cli_say(self, HP_EXIT_FAULT, "no memory, or OpenSSL offers no SHA-256");
    status = export(self, c, crypto, stores->text[0]);
    hp_crypto_free(crypto);
    return status;
}

static int
run(const hp_cli_command *self, int argc, char **argv)
{
    choices c = { .to = NULL };
    hp_cli_texts stores = { NULL, 0 };
    int status;

    if (hp_cli_parse(self, argc, argv, &c, &stores, &status))
        status = start(self, &c, &stores);
    hp_cli_texts_free(&c.sources);
    hp_cli_texts_free(&stores);
    return status;
}

const hp_cli_command hp_cli_trust_export = {
    .name = "trust export",
    .summary = "Writes a store, or some of its lists, for a machine without a network",
    .usage = "[--source NAME ...] [--usable] STORE -o FILE",
    .notes = "Prints the SHA-256 of FILE as sha256sum does: compare it where the file arrives,\n"
             "and name the file there in the policy's trust.  Ages are still counted from the\n"
             "lists' own dates.\n"
             "\n"
             "Exit: 0 written, 1 no such list, 2 usage, 3 fault (FILE is there already, ...).\n",
    .options = options,
    .operands = true,
    .run = run,
};
