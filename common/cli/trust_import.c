/*
 * trust import: takes one list into a store, or out of it.
 *
 * Who may sign the list is said by the operator, never by the list: without a pin the list is
 * refused, with the fingerprint that is to be compared.  Unsigned lists come in only where
 * --unsigned names their feed.
 */
#include "cli/cli.h"
#include "cli/trust.h"
#include "cli/trust_report.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define NO_ENV (-1) /* not said: prod */

static const char *const envs[] = { "prod", "uat", "dev", NULL };

typedef struct {
    const char *from, *name, *signature, *issuer, *without, *remove, *store;
    hp_cli_texts pins, authorities;
    int env; /* of envs, or NO_ENV */
    bool older, fewer, any_eku, verbose, json;
} choices;

static const hp_cli_option options[] = {
    { .name = "--from", .value = "FEED", .kind = HP_CLI_TEXT, .at = offsetof(choices, from),
      .help = "the list's format, see below" },
    { .name = "-o", .value = "STORE", .kind = HP_CLI_TEXT, .at = offsetof(choices, store),
      .help = "the store; made if it is not there" },
    { .name = "--name", .value = "NAME", .kind = HP_CLI_TEXT, .at = offsetof(choices, name),
      .help = "of the list in the store (that of the feed)" },
    { .name = "--pin", .value = "FILE", .kind = HP_CLI_TEXTS, .at = offsetof(choices, pins),
      .help = "who may sign the list: certificate, public key, signing DID document" },
    { .name = "--authority", .value = "P", .kind = HP_CLI_TEXTS,
      .at = offsetof(choices, authorities),
      .help = "who must have issued each signer: file or folder of certificates" },
    { .name = "--signature", .value = "FILE", .kind = HP_CLI_TEXT,
      .at = offsetof(choices, signature),
      .help = "where it stands apart (FILE.sig, FILE.sig.txt, X.sig of X.json)" },
    { .name = "--environment", .value = "prod|uat|dev", .kind = HP_CLI_CHOICE, .words = envs,
      .at = offsetof(choices, env), .help = "whose keys these are (prod)" },
    { .name = "--issuer", .value = "URL", .kind = HP_CLI_TEXT, .at = offsetof(choices, issuer),
      .help = "whose keys these are, of a list that does not say" },
    { .name = "--unsigned", .value = "FEED", .kind = HP_CLI_TEXT, .at = offsetof(choices, without),
      .help = "take a list of this feed without a signature" },
    { .name = "--allow-older", .kind = HP_CLI_FLAG, .at = offsetof(choices, older),
      .help = "take a list that is older than the one in the store" },
    { .name = "--allow-fewer", .kind = HP_CLI_FLAG, .at = offsetof(choices, fewer),
      .help = "take a list that has less than half of the keys" },
    { .name = "--allow-unreadable-eku", .kind = HP_CLI_FLAG, .at = offsetof(choices, any_eku),
      .help = "signers whose extended key usage is unreadable may sign all" },
    { .name = "--remove", .value = "NAME", .kind = HP_CLI_TEXT, .at = offsetof(choices, remove),
      .help = "take that list out of the store instead" },
    { .name = "--verbose", .kind = HP_CLI_FLAG, .at = offsetof(choices, verbose),
      .help = "tell each entry that is left out" },
    { .name = "--json", .kind = HP_CLI_FLAG, .at = offsetof(choices, json),
      .help = "report as one JSON object" },
    { .name = NULL },
};

/* One run. */
typedef struct {
    const hp_cli_command *self;
    const choices *c;
    const hp_feed *feed;
    hp_crypto *crypto;
    hp_vouchers vouchers;
    hp_feed_file *files;
    hp_bytes *bytes; /* of the files, and of the signature as the last one */
    size_t n;
    char *neighbour; /* the path of a signature that was not named */
    hp_json *left_out;
    hp_error error;
} import;

static int
fault(const import *i)
{
    return hp_cli_say(i->self, HP_EXIT_FAULT, "%s", i->error.text);
}

static int
no_memory(const import *i)
{
    return hp_cli_say(i->self, HP_EXIT_FAULT, "out of memory");
}

/* ---- input --------------------------------------------------------------------------------- */

/* A list that is too long is no fault of ours. */
static int
read_file(import *i, const char *path, hp_feed_file *file, hp_bytes *bytes)
{
    struct stat st;

    *file = (hp_feed_file){ .path = path };
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return HP_EXIT_OK;
    if (hp_file_read(path, 0, HP_FEED_MAX, bytes, NULL, &i->error)) {
        file->bytes = (hp_str){ bytes->p, bytes->n };
        return HP_EXIT_OK;
    }
    if (stat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > (off_t)HP_FEED_MAX)
        return hp_cli_say(i->self, HP_EXIT_REFUSED, "%s", i->error.text);
    return fault(i);
}

/* FILE.sig, FILE.sig.txt, or X.sig of X.json: what publishers call it; NULL when none is there. */
static char *
find_neighbour(const char *path)
{
    static const char *const endings[] = { ".sig", ".sig.txt" };
    size_t n = strlen(path), i;
    char *name;

    for (i = 0; i < 3; i++) {
        if (i < 2)
            name = asprintf(&name, "%s%s", path, endings[i]) < 0 ? NULL : name;
        else if (n > 5 && strcmp(path + n - 5, ".json") == 0)
            name = asprintf(&name, "%.*s.sig", (int)(n - 5), path) < 0 ? NULL : name;
        else
            break;
        if (name != NULL && access(name, F_OK) == 0)
            return name;
        free(name);
    }
    return NULL;
}

static int
read_signature(import *i, const hp_cli_texts *paths, hp_feed_file *signature)
{
    const char *path = i->c->signature;

    *signature = (hp_feed_file){ .path = NULL };
    if (path == NULL && paths->n == 1 && i->files[0].bytes.p != NULL &&
        (i->feed->heeds & HP_FEED_SIGNATURE) != 0)
        path = i->neighbour = find_neighbour(paths->text[0]);
    return path == NULL ? HP_EXIT_OK : read_file(i, path, signature, &i->bytes[i->n]);
}

static int
read_files(import *i, const hp_cli_texts *paths, hp_feed_file *signature)
{
    int status = HP_EXIT_OK;

    i->files = calloc(paths->n, sizeof(*i->files));
    i->bytes = calloc(paths->n + 1, sizeof(*i->bytes));
    if (i->files == NULL || i->bytes == NULL)
        return no_memory(i);
    for (; status == HP_EXIT_OK && i->n < paths->n; i->n++)
        status = read_file(i, paths->text[i->n], &i->files[i->n], &i->bytes[i->n]);
    return status == HP_EXIT_OK ? read_signature(i, paths, signature) : status;
}

static int
read_vouchers(import *i)
{
    const choices *c = i->c;
    size_t n;

    i->vouchers.env = c->env == NO_ENV ? HP_ENV_PROD : (hp_env)c->env;
    for (n = 0; n < c->pins.n; n++) {
        if (!hp_vouchers_pin(&i->vouchers, i->crypto, i->feed, c->pins.text[n], &i->error))
            return fault(i);
    }
    for (n = 0; n < c->authorities.n; n++) {
        if (!hp_vouchers_authority(&i->vouchers, i->crypto, c->authorities.text[n], &i->error))
            return fault(i);
    }
    return HP_EXIT_OK;
}

/* ---- the run ------------------------------------------------------------------------------- */

static void
tell(void *context, hp_skip why, const char *which)
{
    import *i = context;
    hp_json *one;

    if (!i->c->json) {
        fputs("left out: ", stdout);
        hp_cli_put_safe(hp_str_of(which), stdout);
        printf(" (%s)\n", hp_skip_name(why));
        return;
    }
    one = hp_json_object();
    hp_json_set_text(one, "entry", hp_str_of(which));
    hp_json_set_text(one, "why", hp_str_of(hp_skip_name(why)));
    hp_json_add(i->left_out, one);
}

static int
report_json(import *i, const hp_records *now, size_t source, const hp_report_terms *terms)
{
    hp_json *json = hp_json_object();
    bool ok;

    hp_json_set_text(json, "store", hp_str_of(i->c->store));
    hp_json_set_text(json, "environment", hp_str_of(hp_env_name(now->env)));
    hp_json_set(json, "source", hp_report_source_json(now, source, terms));
    if (i->left_out != NULL)
        hp_json_set(json, "left_out", i->left_out);
    i->left_out = NULL;
    ok = hp_json_print(json, stdout);
    hp_json_free(json);
    return ok ? HP_EXIT_OK : no_memory(i);
}

/* What a gate that trusts it should not find out by itself. */
static void
warn(const import *i, const hp_source *source, const hp_key_count *count,
     const hp_report_terms *terms)
{
    const char *status = hp_source_status(source, terms);

    if (strcmp(status, "old") == 0 || strcmp(status, "stale") == 0)
        hp_cli_say(i->self, 0, "warning: %s is %s by the ages of 6 and 7 days that gates have by "
                   "default: fetch a newer list", source->name, status);
    if (!source->is_signed)
        hp_cli_say(i->self, 0, "warning: %s is an UNSIGNED LIST: %s", source->name,
                   i->c->authorities.n == 0 ? "nobody vouches for its keys" :
                   "only the authorities vouch for its keys, and nobody for its time or for what "
                   "was taken out");
    if (count->keys != 0 && count->states[HP_KEY_USABLE] == 0)
        hp_cli_say(i->self, 0, "warning: %s has no key that is usable now", source->name);
}

static int
report(import *i, const hp_records *now, size_t source)
{
    hp_report_terms terms = { .now = hp_cli_now(), .warn_age = HP_AGE_WARN, .max_age = HP_AGE_MAX };
    hp_key_count count;

    hp_count_keys(now, source, terms.now, &count);
    warn(i, &now->sources[source], &count, &terms);
    if (i->c->json)
        return report_json(i, now, source, &terms);
    return hp_report_source(now, source, &terms, stdout) ? HP_EXIT_OK : no_memory(i);
}

static int
take(import *i, const hp_feed_input *input)
{
    const choices *c = i->c;
    hp_feed_terms terms = { .crypto = i->crypto, .name = c->name, .env = i->vouchers.env,
                            .now = hp_cli_now(), .pins = i->vouchers.pins,
                            .n_pins = i->vouchers.n_pins, .unsigned_ok = c->without != NULL,
                            .any_eku = c->any_eku, .issuer = c->issuer };
    hp_take wish = { .feed = i->feed, .input = input, .terms = &terms, .allow_older = c->older,
                     .allow_fewer = c->fewer, .told = c->verbose ? tell : NULL, .context = i };
    hp_records now;
    size_t source;
    hp_took took;
    int status;

    if (c->name == NULL)
        terms.name = i->feed->name;
    if (c->authorities.n != 0)
        terms.authorities = &i->vouchers.authorities;
    took = hp_trust_take(c->store, &wish, &now, &source, &i->error);
    if (took == HP_TOOK_REFUSED)
        return hp_cli_say(i->self, HP_EXIT_REFUSED, "%s: refused: %s", terms.name, i->error.text);
    if (took == HP_TOOK_FAULT)
        return fault(i);
    status = report(i, &now, source);
    hp_records_free(&now);
    return status;
}

static int
import_list(import *i, const hp_cli_texts *paths)
{
    hp_feed_input input = { .files = NULL };
    int status = read_vouchers(i);

    if (status == HP_EXIT_OK)
        status = read_files(i, paths, &input.signature);
    input.files = i->files;
    input.n = i->n;
    if (i->c->json && i->c->verbose)
        i->left_out = hp_json_array();
    return status == HP_EXIT_OK ? take(i, &input) : status;
}

static int
remove_list(import *i)
{
    switch (hp_trust_remove(i->crypto, i->c->store, i->c->remove, &i->error)) {
    case HP_TOOK:
        hp_cli_say(i->self, 0, "%s: removed %s", i->c->store, i->c->remove);
        return HP_EXIT_OK;
    case HP_TOOK_REFUSED:
        return hp_cli_say(i->self, HP_EXIT_REFUSED, "%s", i->error.text);
    case HP_TOOK_FAULT:
        break;
    }
    return fault(i);
}

/* ---- start --------------------------------------------------------------------------------- */

/* What is said to --remove, which looks at nothing but the store. */
static bool
says_more(const choices *c, const hp_cli_texts *files)
{
    return files->n != 0 || c->from != NULL || c->name != NULL || c->signature != NULL ||
           c->issuer != NULL || c->without != NULL || c->pins.n != 0 || c->authorities.n != 0 ||
           c->env != NO_ENV || c->older || c->fewer || c->any_eku || c->verbose || c->json;
}

static const char *
complaint(const choices *c, const hp_cli_texts *files)
{
    if (c->store == NULL)
        return "-o STORE is missing: where the list is to go";
    if (c->remove != NULL)
        return says_more(c, files) ? "--remove goes with -o STORE alone" : NULL;
    if (c->from == NULL)
        return "--from FEED is missing: what kind of list it is";
    if (files->n == 0)
        return "FILE is missing: the list";
    if (c->name != NULL && !hp_source_name_ok(c->name))
        return "--name: expected 1 to 31 letters, digits, dots, hyphens and underscores";
    if (c->without != NULL && strcmp(c->without, c->from) != 0)
        return "--unsigned: expected the name of the feed, as after --from";
    if (c->without != NULL && c->pins.n != 0)
        return "either --pin or --unsigned";
    return NULL;
}

static int
start(const hp_cli_command *self, const choices *c, const hp_cli_texts *files)
{
    import i = { .self = self, .c = c };
    const char *wrong = complaint(c, files);
    size_t n;
    int status;

    if (wrong != NULL)
        return hp_cli_say(self, HP_EXIT_USAGE, "%s", wrong);
    i.feed = c->from != NULL ? hp_feed_find(c->from) : NULL;
    if (i.feed == NULL && c->from != NULL)
        return hp_cli_say(self, HP_EXIT_USAGE, "--from %s: no such feed; --help lists them",
                          c->from);
    i.crypto = hp_crypto_new();
    if (i.crypto == NULL)
        return hp_cli_say(self, HP_EXIT_FAULT, "no memory, or OpenSSL offers no SHA-256");
    status = c->remove != NULL ? remove_list(&i) : import_list(&i, files);
    for (n = 0; i.bytes != NULL && n <= files->n; n++)
        hp_bytes_free(&i.bytes[n]);
    free(i.bytes);
    free(i.files);
    free(i.neighbour);
    hp_json_free(i.left_out);
    hp_vouchers_free(&i.vouchers);
    hp_crypto_free(i.crypto);
    return status;
}

static int
run(const hp_cli_command *self, int argc, char **argv)
{
    choices c = { .env = NO_ENV };
    hp_cli_texts files = { NULL, 0 };
    int status;

    if (hp_cli_parse(self, argc, argv, &c, &files, &status))
        status = start(self, &c, &files);
    hp_cli_texts_free(&c.pins);
    hp_cli_texts_free(&c.authorities);
    hp_cli_texts_free(&files);
    return status;
}

/* ---- help ---------------------------------------------------------------------------------- */

/* In lines of at most 78 characters, each after so many blanks. */
static void
put_wrapped(const char *text, int indent, FILE *to)
{
    int column = 0, n;

    for (; *text != '\0'; text += n + (text[n] == ' ')) {
        n = (int)strcspn(text, " ");
        if (column == 0 || column + n > 77) {
            column = indent;
            fprintf(to, "\n%*s%.*s", indent, "", n, text);
        } else
            fprintf(to, " %.*s", n, text);
        column += n + 1;
    }
}

static void
list_feeds(FILE *to)
{
    const hp_feed *const *feed;

    fputs("\nFeeds, and what --pin takes:\n", to);
    for (feed = hp_feeds; *feed != NULL; feed++) {
        fprintf(to, "\n  %s", (*feed)->name);
        put_wrapped((*feed)->summary, 4, to);
        put_wrapped((*feed)->pin, 8, to);
    }
    putc('\n', to);
}

const hp_cli_command hp_cli_trust_import = {
    .name = "trust import",
    .summary = "Verifies a trust list and takes its keys into a store",
    .usage = "--from FEED [--pin FILE ...] [OPTION ...] FILE ... -o STORE\n"
             "       healthpassctl trust import --remove NAME -o STORE",
    .notes = "FILE is one list; of feeds that come in several files, name all.  A list is\n"
             "taken whole or not at all; a bad entry in it is left out and counted.  The list\n"
             "takes the place of that of the same name in STORE, all others stay, and gates\n"
             "see the new STORE without a restart.  Without --pin the list is refused, and\n"
             "you are told whose fingerprint to compare; but a GDHCN list may rest on\n"
             "--authority alone, as an UNSIGNED LIST.\n"
             "\n"
             "Exit: 0 taken, 1 refused, 2 usage, 3 fault (a file, the disk, memory); unless\n"
             "it is 0, STORE is what it was.\n",
    .options = options,
    .operands = true,
    .more_help = list_feeds,
    .run = run,
};
