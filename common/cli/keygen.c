/*
 * keygen: a throw-away test issuer, as a private key and the self-signed signer
 * certificate that goes into a trust folder.  Overwrites nothing.
 */
#include "cli/cli.h"

#include "base/time.h"
#include "crypto/sign.h"
#include "base/wipe.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define DAY        86400.0
#define NAME_MAX_  64 /* RFC 5280 A.1, ub-common-name */
#define NAME_CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"

static const char *const algs[] = { "ES256", "PS256", NULL };

typedef struct {
    const char *folder, *country, *name, *usage;
    int alg;
    long bits, days; /* 0: not given */
    double from, to; /* NAN: not given */
    bool pub;
} choices;

static const hp_cli_option options[] = {
    { .name = "-o", .value = "DIR", .kind = HP_CLI_TEXT, .at = offsetof(choices, folder),
      .help = "folder for the files; made if it is not there" },
    { .name = "--name", .value = "NAME", .kind = HP_CLI_TEXT, .at = offsetof(choices, name),
      .help = "makes NAME.key and NAME.pem (issuer)" },
    { .name = "--country", .value = "XX", .kind = HP_CLI_TEXT,
      .at = offsetof(choices, country), .help = "two capital letters (XX)" },
    { .name = "--alg", .value = "ES256|PS256", .kind = HP_CLI_CHOICE, .words = algs,
      .at = offsetof(choices, alg), .help = "P-256 or RSA (ES256)" },
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
    if (c->days != 0 && !isnan(c->to))
        return "either --days or --to";
    if (!isnan(c->to) && c->to <= (isnan(c->from) ? hp_cli_now() : c->from))
        return "--to: expected a time after the beginning";
    return NULL;
}

/* Makes folder/name+suffix; says so, or why not. */
static bool
make(const hp_cli_command *self, const choices *c, const char *name, const char *suffix,
     mode_t mode, hp_str content)
{
    char *path = hp_cli_path(c->folder, name, suffix);
    bool ok = path != NULL && hp_cli_make(path, mode, (gid_t)-1, content.p, content.n);

    hp_cli_say(self, 0, "%s%s%s", ok ? "made " : path == NULL ? c->folder : path,
               ok ? path : ": ", ok ? "" : strerror(errno));
    free(path);
    return ok;
}

/* The certificate, and the key id that it has. */
static bool
certify(const hp_cli_command *self, const choices *c, const hp_signer *signer,
        char pem[HP_PEM_MAX], size_t *n, hp_dsc *dsc)
{
    hp_dsc_wish wish = { .country = c->country, .name = c->name, .usage = c->usage };
    hp_error error;

    wish.from = isnan(c->from) ? floor(hp_cli_now()) : c->from;
    wish.to = isnan(c->to) ? wish.from + DAY * (double)(c->days == 0 ? 365 : c->days) : c->to;
    if (wish.to > HP_TIME_LAST)
        wish.to = HP_TIME_LAST;
    if (hp_signer_certificate(signer, &wish, pem, n, &error) &&
        hp_dsc_read((hp_str){ (const uint8_t *)pem, *n }, dsc))
        return true;
    hp_cli_say(self, 0, "the certificate could not be made");
    return false;
}

static bool
write_key(const hp_cli_command *self, const choices *c, const hp_signer *signer)
{
    char pem[HP_PEM_MAX];
    size_t n;
    bool ok = hp_signer_private_pem(signer, pem, &n) &&
        make(self, c, c->name, ".key", 0600, (hp_str){ (uint8_t *)pem, n });

    hp_wipe(pem, sizeof(pem));
    return ok;
}

static bool
write_public(const hp_cli_command *self, const choices *c, const hp_signer *signer,
             const char *kid)
{
    char pem[HP_PEM_MAX];
    size_t n;

    return hp_signer_public_pem(signer, pem, &n) &&
        make(self, c, kid, ".pub", 0644, (hp_str){ (uint8_t *)pem, n });
}

/* The key comes first: it is what must not be replaced. */
static bool
make_issuer(const hp_cli_command *self, const choices *c, const hp_signer *signer)
{
    char pem[HP_PEM_MAX], kid[2 * HP_KID + 1];
    hp_dsc dsc;
    size_t n;

    if (!certify(self, c, signer, pem, &n, &dsc) || !write_key(self, c, signer) ||
        !make(self, c, c->name, ".pem", 0644, (hp_str){ (uint8_t *)pem, n }))
        return false;
    hp_cli_hex((hp_str){ dsc.kid, HP_KID }, kid);
    if (c->pub && !write_public(self, c, signer, kid))
        return false;
    puts(kid);
    return true;
}

static int
keygen(const hp_cli_command *self, const choices *c)
{
    hp_error error;
    hp_signer *signer;
    bool ok;

    if (mkdir(c->folder, 0755) != 0 && errno != EEXIST)
        return hp_cli_say(self, HP_EXIT_FAULT, "%s: %s", c->folder, strerror(errno));
    signer = hp_signer_new(c->alg == 0 ? HP_ALG_ES256 : HP_ALG_PS256,
                           c->bits == 0 ? HP_RSA_BITS_MIN : (unsigned)c->bits, &error);
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
    .usage = "-o DIR [--name NAME] [--country XX] [--alg ES256|PS256] [--bits N]\n"
             "           [--usage vtr] [--days N | --from TIME --to TIME] [--pub]",
    .notes = "Prints the key id.  Nothing is overwritten.  NAME.pem belongs into a trust\n"
             "folder; NAME.key signs passes (healthpassctl issue) and does not.\n",
    .options = options,
    .run = run,
};
