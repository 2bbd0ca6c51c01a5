/* What `revoke add`, `remove` and `list` share; see revoke.h. */
#include "cli/revoke.h"

#include "base/hex.h"
#include "base/wipe.h"
#include "cli/fetch.h"
#include "cli/input.h"
#include "cli/policy_file.h"
#include "codec/base64.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define UCI_MAX      255 /* characters of a certificate identifier that is typed */
#define PREFIX_LEAST 4   /* fewer would block whole countries by a slip */
#define PREFIX_MOST  80
#define DIGEST_MAX   64  /* characters of a hash */
#define KIND_ROOM    16
#define KINDS_ROOM   9
#define UVCI         "URN:UVCI:"

static int
out_of_memory(const hp_cli_command *self)
{
    return hp_cli_say(self, HP_EXIT_FAULT, "out of memory, or crypto failed");
}

const char *
hp_revoke_count(size_t n, char text[HP_REVOKE_COUNT])
{
    (void)snprintf(text, HP_REVOKE_COUNT, "%zu key%s", n, n == 1 ? "" : "s");
    return text;
}

/* ---- what was said ------------------------------------------------------------------------- */

const char *
hp_revoke_complaint(const hp_revoke_what *what)
{
    int said = (what->pass != NULL) + (what->uci != NULL) + (what->prefix != NULL) +
               (what->hashes.n > 0) + (what->pass_id != NULL);

    if (said != 1)
        return what->removing
                   ? "expected one of --pass FILE, --uci T, --uci-prefix T and --hash H"
                   : "expected one of --pass FILE, --uci T, --uci-prefix T, --hash H and "
                     "--pass-id ID";
    if (what->policy != NULL && what->list != NULL && what->pass == NULL && what->pass_id == NULL)
        return "either --policy or --deny-list";
    if ((what->token_only || what->any || what->trust.n > 0) && what->pass == NULL)
        return "--token-only, --any and --trust go with --pass";
    if (!what->removing && what->pass_id == NULL &&
        (what->from != NULL || what->days != HP_REVOKE_DAYS || what->door >= 0))
        return "--from, --door and --days go with --pass-id";
    if (what->pass_id != NULL && !hp_revoke_is_pass_id(what->pass_id))
        return "--pass-id: expected 8 to 32 hexadecimal digits, as a log line has them behind "
               "pass=";
    if (what->from != NULL && !hp_fetch_can(what->from))
        return "--from: expected an https:// URL, or http:// with 127.0.0.1, [::1] or localhost";
    if (what->trust.n > 0 && what->policy != NULL)
        return "either --policy or --trust";
    return NULL;
}

/* "blocked" would be believed, also where no gate reads the list: that is warned of. */
static bool
where_in_policy(const hp_cli_command *self, const char *policy, hp_deny_where *where,
                hp_error *error)
{
    hp_settings settings;
    bool good;

    if (!hp_cli_settings(policy, &settings, error))
        return false;
    if (settings.deny_list == NULL)
        (void)hp_cli_say(self, 0, "warning: %s names no deny_list outside of its groups: gates "
                         "with that policy do not read " HP_REVOKE_LIST, policy);
    if (settings.deny_list == NULL)
        settings.deny_list = HP_REVOKE_LIST;
    good = hp_deny_where_of(where, &settings, error);
    hp_settings_free(&settings);
    return good;
}

bool
hp_revoke_where(const hp_cli_command *self, const hp_revoke_what *what, hp_deny_where *where)
{
    const char *file = what->list;
    hp_error error = { "out of memory" };
    bool good;

    *where = (hp_deny_where){ .path = NULL };
    if (file == NULL && what->policy == NULL && access(HP_REVOKE_POLICY, F_OK) != 0 &&
        errno == ENOENT)
        file = HP_REVOKE_LIST;
    if (file != NULL)
        good = hp_deny_where_file(where, file);
    else
        good = where_in_policy(self, what->policy != NULL ? what->policy : HP_REVOKE_POLICY,
                               where, &error);
    if (good)
        return true;
    hp_deny_where_free(where);
    (void)hp_cli_say(self, 0, "%s", error.text);
    return false;
}

bool
hp_revoke_put(hp_blocks *blocks, char kind, unsigned length, const uint8_t hash[HP_LISTED])
{
    hp_block block = { .kind = kind, .length = length };
    size_t i = 0;

    memcpy(block.hash, hash, HP_LISTED);
    while (i < blocks->n && !hp_block_same(&blocks->all[i], &block))
        i++;
    return i < blocks->n || hp_blocks_put(blocks, &block);
}

/* ---- hashes -------------------------------------------------------------------------------- */

/* Hexadecimal or Base64, of the whole SHA-256 or of its first half: that is what is listed. */
static bool
read_digest(hp_str text, uint8_t hash[HP_LISTED])
{
    uint8_t bytes[HP_BASE64_BYTES(DIGEST_MAX)];
    size_t n = text.n / 2;
    bool good;

    if (text.n > DIGEST_MAX)
        return false;
    good = hp_hex_read(text, bytes) || hp_base64_read(text, HP_BASE64_EITHER, bytes, &n);
    if (!good || (n != HP_LISTED && n != HP_SHA256))
        return false;
    memcpy(hash, bytes, HP_LISTED);
    return true;
}

/* P12: the letter, and the characters that it is of. */
static bool
read_prefix_kind(const char *word, char *kind, unsigned *length)
{
    unsigned long n = strtoul(word + 1, NULL, 10);

    *kind = 'P';
    *length = (unsigned)n;
    return strspn(word + 1, "0123456789") == strlen(word + 1) && n >= 2 && n <= PREFIX_MOST;
}

static bool
read_kind(const char *word, char *kind, unsigned *length)
{
    hp_listed_kind listed;

    *length = 0;
    if (hp_listed_read(word, &listed))
        *kind = hp_listed_letter(listed);
    else if (strcmp(word, "L") == 0 || strcmp(word, "ledger") == 0)
        *kind = 'L';
    else if (strcmp(word, "I") == 0 || strcmp(word, "number") == 0)
        *kind = 'I';
    else
        return word[0] == 'P' && read_prefix_kind(word, kind, length);
    return true;
}

/* "KIND:HASH", or "HASH" of several kinds.  *kinds gets the letters.  False: it is neither. */
static bool
read_hash(const char *text, char *kinds, unsigned *length, uint8_t hash[HP_LISTED])
{
    const char *colon = strchr(text, ':');
    size_t n = colon == NULL ? 0 : (size_t)(colon - text);
    char word[KIND_ROOM] = "";

    *length = 0;
    if (colon == NULL)
        return read_digest(hp_str_of(text), hash);
    if (n >= sizeof(word))
        return false;
    memcpy(word, text, n);
    kinds[1] = '\0';
    return read_kind(word, kinds, length) && read_digest(hp_str_of(colon + 1), hash);
}

/* What is no hash may be what nobody should see: it is not repeated. */
static int
put_hashes(const hp_cli_command *self, const hp_revoke_what *what, hp_blocks *blocks)
{
    const hp_cli_texts *hashes = &what->hashes;
    uint8_t hash[HP_LISTED];
    char kinds[KINDS_ROOM];
    const char *letter;
    unsigned length;
    size_t i;

    for (i = 0; i < hashes->n; i++) {
        (void)stpcpy(kinds, what->removing ? "SUCNRDLI" : "SUCN");
        if (!read_hash(hashes->text[i], kinds, &length, hash))
            return hp_cli_say(self, HP_EXIT_USAGE, "--hash, number %zu: expected 32 or 64 "
                              "hexadecimal digits or their Base64, after a kind and a colon or "
                              "not, as signature:1d54...", i + 1);
        for (letter = kinds; *letter != '\0'; letter++) {
            if (!hp_revoke_put(blocks, *letter, length, hash))
                return out_of_memory(self);
        }
    }
    return HP_EXIT_OK;
}

/* ---- identifiers --------------------------------------------------------------------------- */

/*
 * Letters of other scripts, and blanks around it, are slips: nothing would match.  In the middle
 * there are issuers that have a blank ("01 IS/...").
 */
static bool
is_identifier(hp_str text)
{
    size_t i;

    for (i = 0; i < text.n; i++) {
        if (text.p[i] < ' ' || text.p[i] > '~')
            return false;
    }
    return text.n > 0 && text.n <= UCI_MAX && hp_str_eq(text, hp_str_trim(text));
}

bool
hp_revoke_put_text(hp_crypto *crypto, hp_blocks *blocks, char kind, unsigned length,
                   const hp_str *parts, size_t n)
{
    uint8_t digest[HP_SHA256];

    return hp_sha256(crypto, parts, n, digest) && hp_revoke_put(blocks, kind, length, digest);
}

/*
 * Its number blocks it however a pass writes it.  What is taken out may also have come with a
 * pass, or from a list: the identifier as typed, and with and without its prefix.
 */
static bool
put_uci(const hp_revoke_what *what, hp_crypto *crypto, hp_blocks *blocks, hp_str typed,
        hp_str number)
{
    const hp_str prefix = HP_STR(UVCI);
    hp_str bare = number.n < typed.n ? hp_str_from(typed, prefix.n) : typed;
    hp_str whole[] = { prefix, bare };

    return hp_revoke_put_text(crypto, blocks, 'I', 0, &number, 1) &&
           (!what->removing || (hp_revoke_put_text(crypto, blocks, 'U', 0, &typed, 1) &&
                                hp_revoke_put_text(crypto, blocks, 'U', 0, &bare, 1) &&
                                hp_revoke_put_text(crypto, blocks, 'U', 0, whole, 2)));
}

/* What is only the start of "URN:UVCI:" starts no number. */
static bool
is_prefix(hp_str number)
{
    return number.n >= PREFIX_LEAST && number.n <= PREFIX_MOST &&
           !hp_str_starts(HP_STR(UVCI), number);
}

static int
put_identifier(const hp_cli_command *self, const hp_revoke_what *what, hp_str typed,
               hp_crypto *crypto, hp_blocks *blocks)
{
    alignas(max_align_t) uint8_t room[UCI_MAX + 1];
    hp_arena arena = hp_arena_over(room, sizeof(room));
    hp_str number = hp_identity_number(typed, &arena);
    int status = HP_EXIT_OK;

    if (what->prefix != NULL && !is_prefix(number))
        status = hp_cli_say(self, HP_EXIT_USAGE, "--uci-prefix: expected 4 to 80 characters "
                            "after " UVCI);
    else if (number.n == 0)
        status = hp_cli_say(self, HP_EXIT_USAGE, "--uci: expected a number after " UVCI);
    else if (what->prefix != NULL
                 ? !hp_revoke_put_text(crypto, blocks, 'P', (unsigned)number.n, &number, 1)
                 : !put_uci(what, crypto, blocks, typed, number))
        status = out_of_memory(self);
    hp_wipe(room, sizeof(room));
    return status;
}

static int
put_typed(const hp_cli_command *self, const hp_revoke_what *what, hp_str typed, hp_blocks *blocks)
{
    hp_crypto *crypto;
    int status;

    if (!is_identifier(typed))
        return hp_cli_say(self, HP_EXIT_USAGE, "%s: expected 1 to 255 printable characters of "
                          "ASCII without blanks around them",
                          what->prefix != NULL ? "--uci-prefix" : "--uci");
    crypto = hp_crypto_new();
    status = crypto != NULL ? put_identifier(self, what, typed, crypto, blocks)
                            : out_of_memory(self);
    hp_crypto_free(crypto);
    return status;
}

/* "-": a line of standard input, so that it stands in no shell's history. */
static int
put_typed_or_piped(const hp_cli_command *self, const hp_revoke_what *what, hp_blocks *blocks)
{
    const char *text = what->prefix != NULL ? what->prefix : what->uci;
    uint8_t line[UCI_MAX + 1];
    size_t n = 0;
    int status;

    if (strcmp(text, "-") != 0)
        return put_typed(self, what, hp_str_of(text), blocks);
    if (hp_input_line_of(stdin, line, sizeof(line), &n) != HP_INPUT_PASS)
        n = 0;
    status = put_typed(self, what, (hp_str){ line, n }, blocks);
    hp_wipe(line, sizeof(line));
    return status;
}

int
hp_revoke_blocks(const hp_cli_command *self, const hp_revoke_what *what, hp_blocks *blocks)
{
    if (what->pass_id != NULL)
        return hp_revoke_pass_id(self, what, blocks);
    if (what->pass != NULL)
        return hp_revoke_pass(self, what, blocks);
    if (what->hashes.n > 0)
        return put_hashes(self, what, blocks);
    return put_typed_or_piped(self, what, blocks);
}
