/*
 * revoke build: takes one list of withdrawn passes into a revocation index, or out of it.
 *
 * Says what was asked, and what came of it; what is allowed is revoke_take.c's.
 */
#include "cli/cli.h"
#include "cli/revoke_report.h"
#include "cli/revoke_take.h"

#include "base/time.h"
#include "check/revocation.h"

#include <math.h>
#include <stdlib.h>

#define PIN_MAX    (1u << 20) /* bytes of a file with a certificate */
#define MIB        ((size_t)1 << 20)
#define MEMORY_MAX 65536 /* MiB */

typedef struct {
    const char *from, *name, *without, *issuer, *kind, *max_age, *remove, *index;
    hp_cli_texts pins;
    double until;
    long memory;
    bool plain, delta, older, fewer, json;
} choices;

static const hp_cli_option options[] = {
    { .name = "--from", .value = "KIND", .kind = HP_CLI_TEXT, .at = offsetof(choices, from),
      .help = "what kind of list it is, see below" },
    { .name = "--name", .value = "NAME", .kind = HP_CLI_TEXT, .at = offsetof(choices, name),
      .help = "of the list in the index (that of its kind)" },
    { .name = "-o", .value = "INDEX", .kind = HP_CLI_TEXT, .at = offsetof(choices, index),
      .help = "the index; made if it is not there" },
    { .name = "--pin", .value = "FILE", .kind = HP_CLI_TEXTS, .at = offsetof(choices, pins),
      .help = "a certificate that may sign (gateway: of a country)" },
    { .name = "--unsigned", .value = "KIND", .kind = HP_CLI_TEXT, .at = offsetof(choices, without),
      .help = "take a list of this kind, which nobody signs" },
    { .name = "--issuer", .value = "URL", .kind = HP_CLI_TEXT, .at = offsetof(choices, issuer),
      .help = "whose list it is (shc)" },
    { .name = "--kind", .value = "K", .kind = HP_CLI_TEXT, .at = offsetof(choices, kind),
      .help = "of what the hashes are (list), see below" },
    { .name = "--plain", .kind = HP_CLI_FLAG, .at = offsetof(choices, plain),
      .help = "the list holds UCIs, not hashes (list)" },
    { .name = "--until", .value = "TIME", .kind = HP_CLI_TIME, .at = offsetof(choices, until),
      .help = "when its entries end (list; never)" },
    { .name = "--delta", .kind = HP_CLI_FLAG, .at = offsetof(choices, delta),
      .help = "it changes the list of that name, and does not replace it" },
    { .name = "--allow-older", .kind = HP_CLI_FLAG, .at = offsetof(choices, older),
      .help = "take a list that is older than the one in the index" },
    { .name = "--allow-fewer", .kind = HP_CLI_FLAG, .at = offsetof(choices, fewer),
      .help = "take a list that is empty, or lost more than half" },
    { .name = "--max-age", .value = "T", .kind = HP_CLI_TEXT, .at = offsetof(choices, max_age),
      .help = "stale after that (48h), where stricter than the policy" },
    { .name = "--memory", .value = "MIB", .kind = HP_CLI_NUMBER, .at = offsetof(choices, memory),
      .min = 1, .max = MEMORY_MAX, .help = "for sorting (256)" },
    { .name = "--remove", .value = "NAME", .kind = HP_CLI_TEXT, .at = offsetof(choices, remove),
      .help = "take that list out of the index instead" },
    { .name = "--json", .kind = HP_CLI_FLAG, .at = offsetof(choices, json),
      .help = "report as one JSON object" },
    { .name = NULL },
};

/* One run. */
typedef struct {
    const hp_cli_command *self;
    const choices *c;
    const hp_revoke_importer *row;
    const char *name; /* the source's */
    hp_crypto *crypto;
    hp_pin **pins;
    hp_str *signers;
    size_t n_pins;
    hp_revoke_job job;
    hp_error error;
} build;

static int
fault(const build *b)
{
    return hp_cli_say(b->self, HP_EXIT_FAULT, "%s", b->error.text);
}

/* ---- what was said -------------------------------------------------------------------------- */

/* In seconds; 0: the policy's; -1: no such time. */
static double
max_age(const choices *c)
{
    return c->max_age != NULL ? hp_cli_duration(c->max_age, 1, INFINITY) : 0;
}

/* Of what the row does not look at: it would be a false comfort. */
static const char *
vain(const choices *c, const hp_revoke_importer *row)
{
    static const struct {
        unsigned bit;
        const char *what;
    } words[] = {
        { HP_REVOKE_SIGNERS, "--pin" }, { HP_REVOKE_DELTA, "--delta" },
        { HP_REVOKE_ISSUER, "--issuer" }, { HP_REVOKE_KIND, "--kind, --plain and --until" },
        { HP_REVOKE_OLDER, "--allow-older" },
    };
    unsigned said = (c->pins.n != 0 ? HP_REVOKE_SIGNERS : 0) | (c->delta ? HP_REVOKE_DELTA : 0) |
                    (c->issuer != NULL ? HP_REVOKE_ISSUER : 0) |
                    (c->kind != NULL || c->plain || c->until != HP_TIME_LAST ? HP_REVOKE_KIND : 0) |
                    (c->older ? HP_REVOKE_OLDER : 0);
    size_t i;

    for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if ((said & ~row->heeds & words[i].bit) != 0)
            return words[i].what;
    }
    return NULL;
}

static const char *
complaint_of_row(const choices *c, const hp_revoke_importer *row)
{
    hp_listed_kind kind;

    if (c->without != NULL && strcmp(c->without, row->name) != 0)
        return "--unsigned: expected the kind of the list, as after --from";
    if (c->without != NULL && !row->needs_unsigned)
        return "--unsigned: such a list is signed: --pin says by whom";
    if ((row->heeds & HP_REVOKE_ISSUER) != 0 && c->issuer == NULL)
        return "--issuer URL is missing: whose list it is";
    if ((row->heeds & HP_REVOKE_KIND) != 0 && (c->kind != NULL) == c->plain)
        return "expected --kind K, of what the hashes are, or --plain for UCIs";
    if (c->kind != NULL && !hp_listed_read(c->kind, &kind))
        return "--kind: no such kind; --help lists them";
    return NULL;
}

/* What is said to --remove, which looks at nothing but the index. */
static bool
says_more(const choices *c, const hp_cli_texts *files)
{
    return files->n != 0 || c->from != NULL || c->name != NULL || c->without != NULL ||
           c->issuer != NULL || c->kind != NULL || c->max_age != NULL || c->pins.n != 0 ||
           c->until != HP_TIME_LAST || c->plain || c->delta || c->older || c->fewer || c->json;
}

static const char *
complaint(const choices *c, const hp_cli_texts *files)
{
    if (c->index == NULL)
        return "-o INDEX is missing: where the list is to go";
    if (c->remove != NULL)
        return says_more(c, files) ? "--remove goes with -o INDEX alone" : NULL;
    if (c->from == NULL)
        return "--from KIND is missing: what kind of list it is";
    if (files->n == 0)
        return "FILE is missing: the list";
    if (c->name != NULL && !hp_source_name_ok(c->name))
        return "--name: expected 1 to 31 letters, digits, dots, hyphens and underscores";
    if (c->name != NULL && strcmp(c->name, HP_DENY_NAME) == 0)
        return "--name: the log calls the operator's own list " HP_DENY_NAME ", expected another";
    if (max_age(c) < 0)
        return "--max-age: expected a number and one of s, m, h, d, as 24h";
    return NULL;
}

/* ---- pins ----------------------------------------------------------------------------------- */

static bool
refuse_pin(build *b, const char *path, const char *what)
{
    hp_error_set(&b->error, "%s: %s", path, what);
    return false;
}

static bool
read_pin(build *b, const char *path)
{
    hp_bytes bytes;
    hp_pin *pin;

    if (!hp_file_read(path, 0, PIN_MAX, &bytes, NULL, &b->error))
        return false;
    pin = b->pins[b->n_pins] = hp_pin_read(b->crypto, (hp_str){ bytes.p, bytes.n });
    hp_bytes_free(&bytes);
    if (pin == NULL)
        return refuse_pin(b, path, "is no pin: expected one certificate, PEM or DER");
    b->signers[b->n_pins++] = hp_pin_cert(pin);
    if (hp_pin_cert(pin).n == 0)
        return refuse_pin(b, path, "is a bare key, expected the certificate that signs the list");
    return hp_pin_may_sign(pin) ||
           refuse_pin(b, path, "can sign no list: expected a key on P-256, P-384 or P-521, or RSA "
                               "of 2048 to 4096 bits");
}

static bool
read_pins(build *b)
{
    size_t i;

    b->pins = calloc(b->c->pins.n + 1, sizeof(hp_pin *));
    b->signers = calloc(b->c->pins.n + 1, sizeof(*b->signers));
    if (b->pins == NULL || b->signers == NULL) {
        hp_error_set(&b->error, "out of memory");
        return false;
    }
    for (i = 0; i < b->c->pins.n; i++) {
        if (!read_pin(b, b->c->pins.text[i]))
            return false;
    }
    return true;
}

/* ---- the run -------------------------------------------------------------------------------- */

static void
report_text(const build *b, const hp_index *index, size_t nth)
{
    const hp_revoke_counts *n = &b->job.counts;

    hp_revoke_report(index, nth, b->job.now, stdout);
    printf("  %-16s%ju entries, %ju in filters, in %u batches; %ju entries taken out\n",
           "this time", (uintmax_t)n->entries, (uintmax_t)n->filtered, n->batches,
           (uintmax_t)n->removed);
    if (n->kept + n->gone + n->ended != 0)
        printf("  %-16s%u stay, %u go, %u left out that have ended\n", "batches", n->kept, n->gone,
               n->ended);
    if (!hp_cli_is_closed(b->c->index))
        fputs("Gates see it at once.  ", stdout);
    hp_cli_put_safe(hp_str_of(b->c->index), stdout);
    puts(" is replaced by rename only: never copy over it in place.");
}

static bool
report_json(const build *b, const hp_index *index, size_t nth)
{
    const hp_revoke_counts *n = &b->job.counts;
    hp_json *json = hp_revoke_report_head_json(b->c->index, index, b->job.now);
    hp_json *taken = hp_json_object();
    bool ok;

    hp_json_set(json, "source", hp_revoke_report_json(index, nth, b->job.now));
    hp_json_set_int(taken, "entries", (long long)n->entries);
    hp_json_set_int(taken, "filtered", (long long)n->filtered);
    hp_json_set_int(taken, "removed", (long long)n->removed);
    hp_json_set_int(taken, "batches", n->batches);
    hp_json_set_int(taken, "batches_kept", n->kept);
    hp_json_set_int(taken, "batches_gone", n->gone);
    hp_json_set_int(taken, "ended", n->ended);
    hp_json_set(json, "taken", taken);
    ok = hp_json_print(json, stdout);
    hp_json_free(json);
    return ok;
}

/* As gates will see it. */
static int
report(build *b)
{
    hp_index *index = hp_index_open(b->crypto, b->c->index, 0, NULL, &b->error);
    bool ok = true;
    size_t i;

    if (index == NULL)
        return fault(b);
    for (i = 0; i < hp_index_sources(index); i++) {
        if (strcmp(hp_index_source(index, i)->name, b->name) != 0)
            continue;
        if (b->c->json)
            ok = report_json(b, index, i);
        else
            report_text(b, index, i);
    }
    hp_index_close(index);
    (void)hp_cli_warn_closed(b->self, b->c->index);
    return ok ? HP_EXIT_OK : hp_cli_say(b->self, HP_EXIT_FAULT, "out of memory");
}

static int
ended(const build *b, hp_took took)
{
    if (took == HP_TOOK_REFUSED)
        return hp_cli_say(b->self, HP_EXIT_REFUSED, "%s: refused: %s", b->name, b->error.text);
    return took == HP_TOOK ? HP_EXIT_OK : fault(b);
}

static void
warn(void *context, const char *what)
{
    const build *b = context;

    hp_cli_say(b->self, 0, "warning: %s", what);
}

static int
take(build *b, const hp_cli_texts *files)
{
    const choices *c = b->c;
    hp_revoke_place place = { .index = c->index, .row = b->row, .name = b->name,
                              .max_age = max_age(c),
                              .memory = (size_t)c->memory * MIB };
    int status;

    if (!read_pins(b))
        return fault(b);
    b->job = (hp_revoke_job){
        .crypto = b->crypto, .now = hp_cli_now(), .paths = files->text, .n_paths = files->n,
        .signers = b->signers, .n_signers = b->n_pins, .unsigned_ok = c->without != NULL,
        .delta = c->delta, .allow_older = c->older, .allow_fewer = c->fewer, .issuer = c->issuer,
        .plain = c->plain, .until = c->until, .told = warn, .context = b };
    if (c->kind != NULL)
        (void)hp_listed_read(c->kind, &b->job.kind);
    status = ended(b, hp_revoke_take(&place, &b->job, &b->error));
    if (status == HP_EXIT_OK && b->row->needs_unsigned)
        hp_cli_say(b->self, 0, "warning: %s is an UNSIGNED LIST: nobody vouches for what it holds, "
                   "nor for what was taken out", b->name);
    return status == HP_EXIT_OK ? report(b) : status;
}

static int
take_out(build *b)
{
    hp_took took = hp_revoke_remove(b->crypto, b->c->index, b->name, hp_cli_now(), &b->error);

    if (took == HP_TOOK)
        hp_cli_say(b->self, 0, "%s: removed %s", b->c->index, b->name);
    return ended(b, took);
}

/* ---- start ---------------------------------------------------------------------------------- */

static void
end(build *b)
{
    size_t i;

    for (i = 0; i < b->n_pins; i++)
        hp_pin_free(b->pins[i]);
    free(b->pins);
    free(b->signers);
    hp_crypto_free(b->crypto);
}

static int
start(const hp_cli_command *self, const choices *c, const hp_cli_texts *files)
{
    build b = { .self = self, .c = c, .name = c->remove };
    const char *wrong = complaint(c, files);
    int status;

    if (wrong == NULL && c->from != NULL) {
        b.row = hp_revoke_find(c->from);
        if (b.row == NULL)
            return hp_cli_say(self, HP_EXIT_USAGE, "--from %s: no such kind; --help lists them",
                              c->from);
        if (vain(c, b.row) != NULL)
            return hp_cli_say(self, HP_EXIT_USAGE, "%s does not look at %s: say it without",
                              b.row->name, vain(c, b.row));
        b.name = c->name != NULL ? c->name : b.row->name;
        wrong = complaint_of_row(c, b.row);
    }
    if (wrong != NULL)
        return hp_cli_say(self, HP_EXIT_USAGE, "%s", wrong);
    b.crypto = hp_crypto_new();
    if (b.crypto == NULL)
        return hp_cli_say(self, HP_EXIT_FAULT, "no memory, or OpenSSL offers no SHA-256");
    status = c->remove != NULL ? take_out(&b) : take(&b, files);
    end(&b);
    return status;
}

static int
run(const hp_cli_command *self, int argc, char **argv)
{
    choices c = { .until = HP_TIME_LAST, .memory = HP_BUILDER_MEMORY / MIB };
    hp_cli_texts files = { NULL, 0 };
    int status;

    if (hp_cli_parse(self, argc, argv, &c, &files, &status))
        status = start(self, &c, &files);
    hp_cli_texts_free(&c.pins);
    hp_cli_texts_free(&files);
    return status;
}

/* ---- help ----------------------------------------------------------------------------------- */

/* In lines of at most 78 characters, each after four blanks. */
static void
put_wrapped(const char *text, FILE *to)
{
    int column = 0, n;

    for (; *text != '\0'; text += n + (text[n] == ' ')) {
        n = (int)strcspn(text, " ");
        if (column == 0 || column + n > 77) {
            column = 4;
            fprintf(to, "\n    %.*s", n, text);
        } else
            fprintf(to, " %.*s", n, text);
        column += n + 1;
    }
}

static void
list_kinds(FILE *to)
{
    const hp_revoke_importer *const *row;
    int kind;

    fputs("\nKinds of lists:\n", to);
    for (row = hp_revoke_importers; *row != NULL; row++) {
        fprintf(to, "\n  %s", (*row)->name);
        put_wrapped((*row)->summary, to);
    }
    fputs("\n\nWhat --kind takes:", to);
    for (kind = 0; kind < HP_LISTED_KINDS_END; kind++)
        fprintf(to, " %s", hp_listed_word((hp_listed_kind)kind));
    putc('\n', to);
}

const hp_cli_command hp_cli_revoke_build = {
    .name = "revoke build",
    .summary = "Takes a list of withdrawn passes into a revocation index",
    .usage = "--from KIND [--pin FILE ...] [OPTION ...] FILE ... -o INDEX\n"
             "       healthpassctl revoke build --remove NAME -o INDEX",
    .notes = "FILE is one list; of kinds that come in several files, name all or their folder.\n"
             "A list is taken whole or not at all.  It takes the place of that of the same name\n"
             "in INDEX, all others stay, and gates see the new INDEX without a restart.  INDEX\n"
             "is mapped by gates and replaced by rename only: who copies another file over it\n"
             "in place ends them.\n"
             "\n"
             "Exit: 0 taken, 1 refused, 2 usage, 3 fault (a file, the disk, memory); unless\n"
             "it is 0, INDEX is what it was.\n",
    .options = options,
    .operands = true,
    .more_help = list_kinds,
    .run = run,
};
