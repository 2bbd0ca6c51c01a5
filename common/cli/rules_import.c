/*
 * rules import: takes what a national backend publishes (certlogic, 11) into a folder that gates
 * read, from a folder that mirrors it.
 *
 * The list of rules, and that of value sets, must be signed by whom the operator pinned; the lists
 * vouch for each document by its hash.  Documents are kept byte for byte.  On any mismatch nothing
 * is taken, and the folder stays what it was.
 */
#include "cli/rules.h"
#include "cli/rules_folder.h"

#include "codec/base64.h"
#include "crypto/pin.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define SIGNATURE_MAX 8192 /* bytes of the header X-SIGNATURE */

typedef struct {
    const char *out;
    hp_cli_texts pins;
    bool without;
} choices;

static const hp_cli_option options[] = {
    { .name = "-o", .value = "FOLDER", .kind = HP_CLI_TEXT, .at = offsetof(choices, out),
      .help = "where gates read it; replaced as a whole" },
    { .name = "--pin", .value = "FILE", .kind = HP_CLI_TEXTS, .at = offsetof(choices, pins),
      .help = "who must have signed the lists: certificate or public key; repeatable" },
    { .name = "--unsigned", .kind = HP_CLI_FLAG, .at = offsetof(choices, without),
      .help = "take lists without a signature" },
    { .name = NULL },
};

/* One of the two lists of a backend, and how it speaks of a document. */
typedef struct {
    const char *file, *folder, *id, *document_id;
    bool optional;
} kind;

static const kind kinds[] = {
    { "rules.json", "rules", "identifier", "Identifier", false },
    { "valuesets.json", "valuesets", "id", "valueSetId", true },
};

/* One run. */
typedef struct {
    const hp_cli_command *self;
    const choices *c;
    const char *mirror;
    hp_crypto *crypto;
    hp_pin **pins;
    size_t n_pins;
    hp_ruleset *set;
    hp_rules_document *documents;
    size_t n;
} import;

static int
refuse(const import *i, const char *path, const char *why)
{
    return hp_cli_say(i->self, HP_EXIT_REFUSED, "%s: %s", path, why);
}

static int
no_memory(const import *i)
{
    return hp_cli_say(i->self, HP_EXIT_FAULT, "out of memory");
}

static bool
hash(const import *i, hp_str bytes, char text[HP_HEX_TEXT(HP_SHA256)])
{
    uint8_t digest[HP_SHA256];

    if (!hp_sha256(i->crypto, &bytes, 1, digest))
        return false;
    hp_hex_write((hp_str){ digest, sizeof(digest) }, text);
    return true;
}

/* ---- signatures ------------------------------------------------------------------------------ */

static int
read_pins(import *i)
{
    hp_bytes bytes;
    hp_error error;
    size_t n;

    i->pins = calloc(i->c->pins.n + 1, sizeof(hp_pin *));
    if (i->pins == NULL)
        return no_memory(i);
    for (n = 0; n < i->c->pins.n; n++) {
        if (!hp_file_read(i->c->pins.text[n], 0, SIGNATURE_MAX, &bytes, NULL, &error))
            return hp_cli_say(i->self, HP_EXIT_FAULT, "%s", error.text);
        i->pins[i->n_pins] = hp_pin_read(i->crypto, (hp_str){ bytes.p, bytes.n });
        hp_bytes_free(&bytes);
        if (i->pins[i->n_pins++] == NULL)
            return hp_cli_say(i->self, HP_EXIT_FAULT, "%s: is no pin: expected one certificate or "
                              "public key, PEM or DER", i->c->pins.text[n]);
    }
    return HP_EXIT_OK;
}

/* Base64 of a DER signature over the digits of the body's SHA-256 (certlogic, 11). */
static bool
holds(const import *i, hp_str body, hp_str header)
{
    char hex[HP_HEX_TEXT(HP_SHA256)];
    uint8_t signature[HP_BASE64_BYTES(SIGNATURE_MAX)];
    size_t n, length;

    while (header.n > 0 && strchr(" \r\n", header.p[header.n - 1]) != NULL)
        header.n--;
    if (!hp_base64_read(header, HP_BASE64_STANDARD, signature, &length) || !hash(i, body, hex))
        return false;
    for (n = 0; n < i->n_pins; n++) {
        if (hp_pin_verify(i->pins[n], HP_HASH_SHA256, hp_str_of(hex),
                          (hp_str){ signature, length }))
            return true;
    }
    return false;
}

static int
check_signature(const import *i, const char *path, hp_str body)
{
    char *name = hp_cli_path_with(path, ".sig");
    hp_bytes header;
    hp_error error;
    int status = HP_EXIT_OK;

    if (name == NULL)
        return no_memory(i);
    if (!hp_file_read(name, 0, SIGNATURE_MAX, &header, NULL, &error))
        status = refuse(i, error.text, "expected the value of the list's header X-SIGNATURE");
    else {
        if (!holds(i, body, (hp_str){ header.p, header.n }))
            status = refuse(i, name, "the signature does not hold by any --pin");
        hp_bytes_free(&header);
    }
    free(name);
    return status;
}

/* ---- documents ------------------------------------------------------------------------------- */

/* The path of the document where mirrors have it; NULL when it is nowhere. */
static char *
find(const import *i, const kind *k, const char *country, const char *name)
{
    char *path;
    size_t n;

    for (n = 0; n < 6; n++) {
        const char *end = n % 2 == 0 ? "" : ".json";
        int length;

        if (n < 2)
            length = asprintf(&path, "%s/%s/%s/%s%s", i->mirror, k->folder, country, name, end);
        else if (n < 4)
            length = asprintf(&path, "%s/%s/%s%s", i->mirror, k->folder, name, end);
        else
            length = asprintf(&path, "%s/%s%s", i->mirror, name, end);

        if (length < 0)
            return NULL;
        if (access(path, F_OK) == 0)
            return path;
        free(path);
    }
    return NULL;
}

/* Is the document the one that the list speaks of? */
static bool
is_listed(const kind *k, const hp_json *entry, const hp_json *document)
{
    static const char *const same[][2] = { { "version", "Version" }, { "country", "Country" } };
    hp_str id = hp_json_text(hp_json_get(entry, k->id));
    size_t n;

    if (!hp_str_eq(id, hp_json_text(hp_json_get(document, k->document_id))))
        return false;
    for (n = 0; n < 2; n++) {
        const hp_json *said = hp_json_get(entry, same[n][0]);

        if (said != NULL &&
            !hp_str_eq(hp_json_text(said), hp_json_text(hp_json_get(document, same[n][1]))))
            return false;
    }
    return true;
}

static void
tell_open(void *context, const char *what)
{
    const import *i = context;

    hp_cli_say(i->self, 0, "note: %s", what);
}

static int
check_document(import *i, const kind *k, const hp_json *entry, const char *path,
               const hp_rules_document *d)
{
    hp_str text = { d->bytes.p, d->bytes.n };
    char digits[HP_HEX_TEXT(HP_SHA256)];
    hp_json *document;
    hp_error error;
    bool listed;

    if (!hash(i, text, digits))
        return no_memory(i);
    if (strcmp(digits, d->hash) != 0)
        return refuse(i, path, "its SHA-256 is not that of the list");
    document = hp_json_load_data(text, HP_RULES_FILE_MAX, &error);
    if (document == NULL)
        return refuse(i, path, error.text);
    listed = is_listed(k, entry, document);
    hp_json_free(document);
    if (!listed)
        return refuse(i, path, "is another document than the list says");
    if (!hp_ruleset_add_text(i->set, path, text, tell_open, i, &error))
        return hp_cli_say(i->self, HP_EXIT_REFUSED, "%s", error.text);
    return HP_EXIT_OK;
}

/* The entry's country, as the name of a folder. */
static bool
country_of(const hp_json *entry, char country[3])
{
    hp_str text = hp_json_text(hp_json_get(entry, "country"));

    snprintf(country, 3, "%.*s", text.n == 2 ? 2 : 0, text.n == 2 ? (const char *)text.p : "");
    return text.p == NULL || hp_rules_is_country(country);
}

static int
take_document(import *i, const kind *k, const hp_json *entry, const char *list)
{
    hp_rules_document *d = &i->documents[i->n];
    hp_str digits = hp_json_text(hp_json_get(entry, "hash"));
    char country[3];
    hp_error error;
    char *path;
    int status;

    if (hp_json_text(hp_json_get(entry, k->id)).p == NULL || !hp_rules_is_hash(digits) ||
        !country_of(entry, country))
        return refuse(i, list, "expected entries with name, country and hash (SHA-256, hex)");
    memcpy(d->hash, digits.p, digits.n);
    path = find(i, k, country, d->hash);
    if (path == NULL)
        return refuse(i, d->hash, "is in the list, and not in the mirror");
    if (hp_file_read(path, 0, HP_RULES_FILE_MAX, &d->bytes, NULL, &error)) {
        i->n++;
        status = check_document(i, k, entry, path, d);
    } else
        status = hp_cli_say(i->self, HP_EXIT_FAULT, "%s", error.text);
    free(path);
    return status;
}

/* ---- lists ----------------------------------------------------------------------------------- */

static int
take_entries(import *i, const kind *k, const hp_json *list, const char *path)
{
    size_t n, count = hp_json_count(list);
    hp_rules_document *more;
    int status = HP_EXIT_OK;

    if (hp_json_kind_of(list) != HP_JSON_ARRAY || count == 0 || count > HP_RULES_MAX)
        return refuse(i, path, "expected an array of 1 to 4096 entries");
    more = reallocarray(i->documents, i->n + count, sizeof(*more));
    if (more == NULL)
        return no_memory(i);
    i->documents = more;
    memset(more + i->n, 0, count * sizeof(*more));
    for (n = 0; status == HP_EXIT_OK && n < count; n++)
        status = take_document(i, k, hp_json_at(list, n), path);
    return status;
}

static int
take_text(import *i, const kind *k, const char *path, hp_str text)
{
    hp_json *list;
    hp_error error;
    int status = i->c->without ? HP_EXIT_OK : check_signature(i, path, text);

    if (status != HP_EXIT_OK)
        return status;
    list = hp_json_load_data(text, HP_RULES_FILE_MAX, &error);
    if (list == NULL)
        return refuse(i, path, error.text);
    status = take_entries(i, k, list, path);
    hp_json_free(list);
    return status;
}

static int
take_list(import *i, const kind *k)
{
    char *path = hp_cli_path(i->mirror, k->file, "");
    struct stat st;
    hp_bytes bytes;
    hp_error error;
    int status = HP_EXIT_OK;

    if (path == NULL)
        return no_memory(i);
    if (k->optional && lstat(path, &st) != 0 && errno == ENOENT)
        ;
    else if (hp_file_read(path, 0, HP_RULES_FILE_MAX, &bytes, NULL, &error)) {
        status = take_text(i, k, path, (hp_str){ bytes.p, bytes.n });
        hp_bytes_free(&bytes);
    } else
        status = hp_cli_say(i->self, HP_EXIT_FAULT, "%s", error.text);
    free(path);
    return status;
}

/* ---- the run --------------------------------------------------------------------------------- */

static int
put(import *i)
{
    hp_error error;

    if (!hp_ruleset_close(i->set, &error))
        return hp_cli_say(i->self, HP_EXIT_REFUSED, "%s", error.text);
    if (!hp_rules_folder_put(i->c->out, i->documents, i->n, &error))
        return hp_cli_say(i->self, HP_EXIT_FAULT, "%s", error.text);
    fputs("made ", stdout);
    hp_cli_put_safe(hp_str_of(i->c->out), stdout);
    printf(", rules: %zu, value sets: %u\n", hp_ruleset_count(i->set),
           (unsigned)hp_ruleset_value_sets(i->set)->count);
    return HP_EXIT_OK;
}

static int
take_all(import *i)
{
    int status;
    size_t n;

    i->crypto = hp_crypto_new();
    i->set = hp_ruleset_new();
    if (i->crypto == NULL || i->set == NULL)
        return no_memory(i);
    status = read_pins(i);
    for (n = 0; status == HP_EXIT_OK && n < sizeof(kinds) / sizeof(kinds[0]); n++)
        status = take_list(i, &kinds[n]);
    return status == HP_EXIT_OK ? put(i) : status;
}

static void
import_free(import *i)
{
    size_t n;

    for (n = 0; n < i->n; n++)
        hp_bytes_free(&i->documents[n].bytes);
    free(i->documents);
    for (n = 0; n < i->n_pins; n++)
        hp_pin_free(i->pins[n]);
    free(i->pins);
    hp_ruleset_free(i->set);
    hp_crypto_free(i->crypto);
}

static int
start(const hp_cli_command *self, const choices *c, const hp_cli_texts *mirrors)
{
    import i = { .self = self, .c = c };
    int status;

    if (mirrors->n != 1)
        return hp_cli_say(self, HP_EXIT_USAGE, "expected one MIRROR");
    if (c->out == NULL)
        return hp_cli_say(self, HP_EXIT_USAGE, "-o FOLDER is missing");
    if (c->without && c->pins.n > 0)
        return hp_cli_say(self, HP_EXIT_USAGE, "either --pin or --unsigned");
    if (!c->without && c->pins.n == 0)
        return hp_cli_say(self, HP_EXIT_REFUSED, "refused: expected --pin, the key that signs "
                          "X-SIGNATURE, from whoever runs the backend; or --unsigned");
    i.mirror = mirrors->text[0];
    status = take_all(&i);
    import_free(&i);
    return status;
}

static int
run(const hp_cli_command *self, int argc, char **argv)
{
    choices c = { .out = NULL };
    hp_cli_texts mirrors = { NULL, 0 };
    int status;

    if (hp_cli_parse(self, argc, argv, &c, &mirrors, &status))
        status = start(self, &c, &mirrors);
    hp_cli_texts_free(&c.pins);
    hp_cli_texts_free(&mirrors);
    return status;
}

const hp_cli_command hp_cli_rules_import = {
    .name = "rules import",
    .summary = "Takes rules and value sets of a national backend into a folder",
    .usage = "--pin FILE | --unsigned  -o FOLDER MIRROR",
    .notes = "MIRROR is a folder that holds what the backend answers, byte for byte:\n"
             "  rules.json          GET /rules, and rules.json.sig its header X-SIGNATURE\n"
             "  valuesets.json      GET /valuesets, and its .sig; both may be missing\n"
             "  rules/CC/HASH       GET /rules/CC/HASH (also rules/HASH, HASH; with .json, too)\n"
             "  valuesets/HASH      GET /valuesets/HASH\n"
             "Taken is all or nothing: signature of the lists, hash of each document, and that\n"
             "gates can read them.  FOLDER is replaced as a whole, and holds nothing else.\n"
             "\n"
             "Exit: 0 taken, 1 refused, 2 usage, 3 fault (a file cannot be read or made).\n",
    .options = options,
    .operands = true,
    .run = run,
};
