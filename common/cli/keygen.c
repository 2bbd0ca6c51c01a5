/*
 * keygen: a throw-away test issuer, as a private key and the self-signed signer
 * certificate that goes into a trust folder.  Overwrites nothing, and leaves no part behind.
 */
#include "cli/cli.h"

#include "base/hex.h"
#include "base/time.h"
#include "base/wipe.h"
#include "crypto/sign.h"
#include "feed/jwk.h"
#include "format/shc_write.h"
#include "format/twod_write.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define DAY        86400.0
#define NAME_MAX_  64 /* RFC 5280 A.1, ub-common-name */
#define NAME_CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"

static const char *const algs[] = { "ES256", "PS256", "ES384", "ES512", NULL };
static const hp_alg alg_of[] = { HP_ALG_ES256, HP_ALG_PS256, HP_ALG_ES384, HP_ALG_ES512 };

typedef struct {
    const char *folder, *country, *name, *usage;
    int alg;
    long bits, days; /* 0: not given */
    double from, to; /* NAN: not given */
    const char *shc, *twod; /* NULL: not given */
    bool pub, vds_nc;
} choices;

static const hp_cli_option options[] = {
    { .name = "-o", .value = "DIR", .kind = HP_CLI_TEXT, .at = offsetof(choices, folder),
      .help = "folder for the files; made if it is not there" },
    { .name = "--name", .value = "NAME", .kind = HP_CLI_TEXT, .at = offsetof(choices, name),
      .help = "makes NAME.key and NAME.pem (issuer)" },
    { .name = "--country", .value = "XX", .kind = HP_CLI_TEXT,
      .at = offsetof(choices, country), .help = "two capital letters (XX)" },
    { .name = "--alg", .value = "ALG", .kind = HP_CLI_CHOICE, .words = algs,
      .at = offsetof(choices, alg),
      .help = "ES256 | PS256 | ES384 | ES512: P-256, RSA, P-384, P-521 (ES256)" },
    { .name = "--bits", .value = "N", .kind = HP_CLI_NUMBER, .min = HP_RSA_BITS_MIN,
      .max = HP_RSA_BITS_MAX, .at = offsetof(choices, bits),
      .help = "size of an RSA key (2048)" },
    { .name = "--usage", .value = "vtr", .kind = HP_CLI_TEXT, .at = offsetof(choices, usage),
      .help = "may sign vaccinations, tests, recoveries only (left out: anything)" },
    { .name = "--days", .value = "N", .kind = HP_CLI_NUMBER, .min = 1, .max = 36500,
      .at = offsetof(choices, days), .help = "how long the certificate is valid (365)" },
    { .name = "--from", .value = "TIME", .kind = HP_CLI_TIME, .at = offsetof(choices, from),
      .help = "from when on (now)" },
    { .name = "--to", .value = "TIME", .kind = HP_CLI_TIME, .at = offsetof(choices, to),
      .help = "until when, instead of --days" },
    { .name = "--pub", .kind = HP_CLI_FLAG, .at = offsetof(choices, pub),
      .help = "also makes KID.pub, the bare public key" },
    { .name = "--shc", .value = "URL", .kind = HP_CLI_TEXT, .at = offsetof(choices, shc),
      .help = "also makes NAME.shc.json: an issuer of SMART Health Cards with this key" },
    { .name = "--2d-doc", .value = "NAME", .kind = HP_CLI_TEXT, .at = offsetof(choices, twod),
      .help = "also makes NAME.pub.der: the key of a signer of 2D-DOC seals, so named" },
    { .name = "--vds-nc", .kind = HP_CLI_FLAG, .at = offsetof(choices, vds_nc),
      .help = "the certificate is one for VDS-NC; csca-NAME.pem, its authority's, too" },
    { .name = NULL },
};

static bool
is_country(const char *text)
{
    return strlen(text) == 2 && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 2;
}

static bool
is_name(const char *text)
{
    size_t n = strlen(text);

    return n <= NAME_MAX_ && text[0] != '.' && text[0] != '-' && strspn(text, NAME_CHARS) == n;
}

/* What is wrong with the choices as a whole; NULL when nothing is. */
static const char *
complaint(const choices *c)
{
    if (c->folder == NULL)
        return "-o DIR is needed";
    if (!is_country(c->country))
        return "--country: expected two capital letters";
    if (!is_name(c->name))
        return "--name: expected at most 64 letters, digits, '.', '_' or '-'";
    if (strspn(c->usage, "vtr") != strlen(c->usage))
        return "--usage: expected letters of vtr";
    if (c->bits != 0 && c->alg != 1)
        return "--bits goes with --alg PS256";
    if (c->shc != NULL && (c->alg != 0 || !hp_jwk_issuer(hp_str_of(c->shc))))
        return "--shc: expected an ES256 key, and an https:// URL without a slash at its end";
    if (c->twod != NULL && (c->alg == 1 || !hp_twod_is_name(c->twod)))
        return "--2d-doc: expected no RSA key, and eight capitals and digits: authority and signer";
    if (c->vds_nc && (c->alg == 1 || c->usage[0] != '\0'))
        return "--vds-nc: expected no RSA key, and no --usage: such a certificate has its own";
    if (c->days != 0 && !isnan(c->to))
        return "either --days or --to";
    if (!isnan(c->to) && c->to <= (isnan(c->from) ? hp_cli_now() : c->from))
        return "--to: expected a time after the beginning";
    return NULL;
}

/* ---- what is made --------------------------------------------------------- */

typedef struct {
    char *path;
    mode_t mode;
    char pem[HP_PEM_MAX];
    size_t n;
} file;

enum { KEY, CERTIFICATE, PUBLIC, CARDS, SEALS, AUTHORITY, FILES };

/* All of an issuer before any of it is written; ended by tidy(). */
typedef struct {
    file files[FILES]; /* without a path: not asked for */
    char kid[HP_HEX_TEXT(HP_KID)];
} issuer;

static void
tidy(issuer *it)
{
    size_t i;

    for (i = 0; i < FILES; i++)
        free(it->files[i].path);
    hp_wipe(it, sizeof(*it));
}

static bool
make_certificate(const choices *c, const hp_signer *signer, const hp_dsc_wish *wish, issuer *it)
{
    file *cert = &it->files[CERTIFICATE], *authority = &it->files[AUTHORITY];
    hp_error error;

    if (c->vds_nc)
        return hp_signer_seal_certificate(signer, wish, cert->pem, &cert->n, authority->pem,
                                          &authority->n);
    return hp_signer_certificate(signer, wish, cert->pem, &cert->n, &error);
}

/* The certificate, and the key id that it has. */
static bool
certify(const choices *c, const hp_signer *signer, issuer *it)
{
    hp_dsc_wish wish = { .country = c->country, .name = c->name, .usage = c->usage };
    file *cert = &it->files[CERTIFICATE];
    hp_dsc dsc;

    wish.from = isnan(c->from) ? floor(hp_cli_now()) : c->from;
    wish.to = isnan(c->to) ? wish.from + DAY * (double)(c->days == 0 ? 365 : c->days) : c->to;
    if (wish.to > HP_TIME_LAST)
        wish.to = HP_TIME_LAST;
    if (!make_certificate(c, signer, &wish, it) ||
        !hp_dsc_read((hp_str){ (const uint8_t *)cert->pem, cert->n }, &dsc))
        return false;
    hp_hex_write((hp_str){ dsc.kid, sizeof(dsc.kid) }, it->kid);
    return true;
}

/* The list of one issuer of SMART Health Cards, from the start of the certificate. */
static bool
list(const choices *c, const hp_signer *signer, file *cards)
{
    hp_json *json = hp_shc_directory(signer, c->shc,
                                     isnan(c->from) ? floor(hp_cli_now()) : c->from);
    FILE *to = fmemopen(cards->pem, sizeof(cards->pem), "w");
    bool good = to != NULL && hp_json_print(json, to);

    if (to != NULL && fclose(to) != 0)
        good = false;
    hp_json_free(json);
    cards->n = strlen(cards->pem);
    cards->mode = 0644;
    cards->path = good ? hp_cli_path(c->folder, c->name, ".shc.json") : NULL;
    return cards->path != NULL;
}

/* The key in DER, as 2D-DOC's folders have it. */
static bool
name_key(const choices *c, const file *public, file *seals)
{
    size_t at = 0;
    uint8_t *der;

    if (hp_pem_next((hp_str){ (const uint8_t *)public->pem, public->n }, &at, &der, &seals->n) !=
        HP_PEM_KEY)
        return false;
    memcpy(seals->pem, der, seals->n);
    hp_pem_free(der);
    seals->mode = 0644;
    seals->path = hp_cli_path(c->folder, c->twod, ".pub.der");
    return seals->path != NULL;
}

/* Named as the feed csca looks for it. */
static bool
name_authority(const choices *c, file *authority)
{
    char *path = hp_cli_path(c->folder, "csca-", c->name);

    if (path != NULL)
        authority->path = hp_cli_path_with(path, ".pem");
    free(path);
    authority->mode = 0644;
    return authority->path != NULL;
}

static bool
prepare(const choices *c, const hp_signer *signer, issuer *it)
{
    file *key = &it->files[KEY], *cert = &it->files[CERTIFICATE], *public = &it->files[PUBLIC];

    key->mode = 0600;
    cert->mode = public->mode = 0644;
    return certify(c, signer, it) && hp_signer_private_pem(signer, key->pem, &key->n) &&
        hp_signer_public_pem(signer, public->pem, &public->n) &&
        (key->path = hp_cli_path(c->folder, c->name, ".key")) != NULL &&
        (cert->path = hp_cli_path(c->folder, c->name, ".pem")) != NULL &&
        (!c->pub || (public->path = hp_cli_path(c->folder, it->kid, ".pub")) != NULL) &&
        (c->shc == NULL || list(c, signer, &it->files[CARDS])) &&
        (c->twod == NULL || name_key(c, public, &it->files[SEALS])) &&
        (!c->vds_nc || name_authority(c, &it->files[AUTHORITY]));
}

/* Is none of the names taken?  Making the files asks again, without a gap in between. */
static bool
names_are_free(const hp_cli_command *self, const issuer *it)
{
    struct stat st;
    size_t i;

    for (i = 0; i < FILES; i++) {
        if (it->files[i].path != NULL && lstat(it->files[i].path, &st) == 0) {
            hp_cli_say(self, 0, "%s: %s", it->files[i].path, strerror(EEXIST));
            return false;
        }
    }
    return true;
}

/* All files or none: a key without its certificate would be taken for that of another one. */
static bool
write_files(const hp_cli_command *self, const issuer *it)
{
    const file *f;
    size_t i;

    for (i = 0; i < FILES; i++) {
        f = &it->files[i];
        if (f->path != NULL && !hp_cli_make(f->path, f->mode, (gid_t)-1, f->pem, f->n)) {
            hp_cli_say(self, 0, "%s: %s", f->path, strerror(errno));
            while (i-- > 0) {
                if (it->files[i].path != NULL)
                    (void)unlink(it->files[i].path);
            }
            return false;
        }
    }
    for (i = 0; i < FILES; i++) {
        if (it->files[i].path != NULL)
            hp_cli_say(self, 0, "made %s", it->files[i].path);
    }
    return true;
}

static bool
make_issuer(const hp_cli_command *self, const choices *c, const hp_signer *signer)
{
    issuer it = { .kid = "" };
    bool ok = prepare(c, signer, &it);

    if (!ok)
        hp_cli_say(self, 0, "no memory, or the certificate could not be made");
    ok = ok && names_are_free(self, &it) && write_files(self, &it);
    if (ok)
        puts(it.kid);
    tidy(&it);
    return ok;
}

static int
keygen(const hp_cli_command *self, const choices *c)
{
    hp_error error;
    hp_signer *signer;
    bool ok;

    if (mkdir(c->folder, 0755) != 0 && errno != EEXIST)
        return hp_cli_say(self, HP_EXIT_FAULT, "%s: %s", c->folder, strerror(errno));
    signer = hp_signer_new(alg_of[c->alg], c->bits == 0 ? HP_RSA_BITS_MIN : (unsigned)c->bits,
                           &error);
    if (signer == NULL)
        return hp_cli_say(self, HP_EXIT_FAULT, "%s", error.text);
    ok = make_issuer(self, c, signer);
    hp_signer_free(signer);
    return ok ? HP_EXIT_OK : HP_EXIT_FAULT;
}

static int
run(const hp_cli_command *self, int argc, char **argv)
{
    choices c = { .name = "issuer", .country = "XX", .usage = "", .from = NAN, .to = NAN };
    const char *wrong;
    int status;

    if (!hp_cli_parse(self, argc, argv, &c, NULL, &status))
        return status;
    wrong = complaint(&c);
    if (wrong != NULL)
        return hp_cli_say(self, HP_EXIT_USAGE, "%s", wrong);
    return keygen(self, &c);
}

const hp_cli_command hp_cli_keygen = {
    .name = "keygen",
    .summary = "Makes a throw-away test issuer: a private key and its signer certificate",
    .usage = "-o DIR [--name NAME] [--country XX] [--alg ALG] [--bits N]\n"
             "           [--usage vtr] [--days N | --from TIME --to TIME] [--pub] [--shc URL]\n"
             "           [--2d-doc NAME] [--vds-nc]",
    .notes = "Prints the key id.  Nothing is overwritten.  NAME.pem belongs into a trust\n"
             "folder; NAME.key signs passes (healthpassctl issue) and does not.\n",
    .options = options,
    .run = run,
};
