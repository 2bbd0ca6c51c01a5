/*
 * issue: signs a payload as an HC1 pass, a SMART Health Card, a 2D-DOC seal or a VDS-NC pass, for
 * demos and tests.
 *
 * Besides what an issuer does it can write the odd forms that real issuers use, and
 * forms that a gate must refuse.  What it makes is worth nothing without a gate that
 * trusts the test issuer.
 */
#include "cli/cli.h"
#include "cli/pad.h"
#include "cli/preset.h"
#include "cli/show.h"

#include "base/file.h"
#include "base/hex.h"
#include "base/time.h"
#include "base/wipe.h"
#include "crypto/sign.h"
#include "format/cwt.h"
#include "format/hc1_write.h"
#include "format/shc.h"
#include "format/shc_write.h"
#include "format/twod_write.h"
#include "format/vds_write.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define DAY       86400.0
#define YEAR      (365 * DAY)
#define KEY_MAX   65536        /* bytes of a key or certificate file */
#define DCC_MAX   (128 * 1024) /* bytes of an encoded payload: more than any reader takes */
#define KID_MAX   64
#define LETTERS   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

static const char *const formats[] = { "hc1", "shc", "2d-doc", "vds-nc", NULL };
enum { HC1, SHC, TWOD, VDS_NC };

static const char *const tags[] = { "18", "none", "61", "61+18", NULL };   /* hp_hc1_tag */
static const char *const headers[] = { "protected", "unprotected", "both", /* hp_hc1_header */
                                       "none", NULL };

/* What is in claim -260, and under which label (gdhcn, 1). */
static const char *const kinds[] = { "dcc", "icvp", "ddcc-vaccination", "ddcc-test", "link", NULL };
static const int64_t labels[] = { HP_HCERT_DCC, HP_HCERT_ICVP, HP_HCERT_DDCC_VACCINATION,
                                  HP_HCERT_DDCC_TEST, HP_HCERT_LINK };

typedef struct {
    const char *key, *cert, *payload, *iss, *ver, *kid, *out, *png;
    int preset; /* -1: not given */
    int kind;   /* of the payload; -1: not given */
    int tag, kid_in, alg_in;
    int format;
    long pad, level, chunks; /* pad, chunks 0: not given */
    double iat, exp; /* NAN: not given */
    bool float_times, no_iat, no_exp, forge, qr, link;
} choices;

static const hp_cli_option options[] = {
    { .name = "--key", .value = "FILE", .kind = HP_CLI_TEXT, .at = offsetof(choices, key),
      .help = "the issuer's private key (PEM)" },
    { .name = "--cert", .value = "FILE", .kind = HP_CLI_TEXT, .at = offsetof(choices, cert),
      .help = "its certificate (PEM or DER): gives key id and country" },
    { .name = "--preset", .value = "NAME", .kind = HP_CLI_CHOICE, .words = hp_preset_names,
      .at = offsetof(choices, preset), .help = "a common person, see below" },
    { .name = "--format", .value = "F", .kind = HP_CLI_CHOICE, .words = formats,
      .at = offsetof(choices, format),
      .help = "hc1 | shc, a SMART Health Card | 2d-doc, a seal | vds-nc (hc1)" },
    { .name = "--chunks", .value = "N", .kind = HP_CLI_NUMBER, .min = 1, .max = HP_SHC_CHUNKS,
      .at = offsetof(choices, chunks), .help = "shc: in so many QR codes, one a line (1)" },
    { .name = "--link", .kind = HP_CLI_FLAG, .at = offsetof(choices, link),
      .help = "2d-doc: as the link that QR codes carry" },
    { .name = "--payload", .value = "FILE", .kind = HP_CLI_TEXT,
      .at = offsetof(choices, payload),
      .help = "or a payload of your own, as JSON; shc: a bundle; 2d-doc: fields; vds-nc: data" },
    { .name = "--as", .value = "KIND", .kind = HP_CLI_CHOICE, .words = kinds,
      .at = offsetof(choices, kind),
      .help = "what it is: dcc | icvp | ddcc-vaccination | ddcc-test | link (dcc)" },
    { .name = "--iss", .value = "XX", .kind = HP_CLI_TEXT, .at = offsetof(choices, iss),
      .help = "claim iss (the certificate's country); shc: a URL; vds-nc: AUS" },
    { .name = "--iat", .value = "TIME", .kind = HP_CLI_TIME, .at = offsetof(choices, iat),
      .help = "issued at (now)" },
    { .name = "--exp", .value = "TIME", .kind = HP_CLI_TIME, .at = offsetof(choices, exp),
      .help = "expires (365 days later; shc: never)" },
    { .name = "-o", .value = "FILE", .kind = HP_CLI_TEXT, .at = offsetof(choices, out),
      .help = "writes the text there, not to standard output" },
    { .name = "--qr", .kind = HP_CLI_FLAG, .at = offsetof(choices, qr),
      .help = "shows the QR code on the terminal first" },
    { .name = "--png", .value = "FILE", .kind = HP_CLI_TEXT, .at = offsetof(choices, png),
      .help = "writes the QR code as a picture" },
    { .name = "--pad", .value = "N", .kind = HP_CLI_NUMBER, .min = 1, .max = HP_PAD_MAX,
      .at = offsetof(choices, pad), .help = "makes the text exactly N characters long" },
    { .name = "--level", .value = "0..9", .kind = HP_CLI_NUMBER, .min = 0, .max = 9,
      .at = offsetof(choices, level), .help = "zlib level (9)" },
    { .name = "--ver", .value = "V", .kind = HP_CLI_TEXT, .at = offsetof(choices, ver),
      .help = "the payload's schema version" },
    { .name = "--tag", .value = "TAG", .kind = HP_CLI_CHOICE, .words = tags,
      .at = offsetof(choices, tag), .help = "CBOR tags: 18 | none | 61 | 61+18 (18)" },
    { .name = "--kid", .value = "HEX", .kind = HP_CLI_TEXT, .at = offsetof(choices, kid),
      .help = "another key id; 2d-doc: the signer's name" },
    { .name = "--kid-in", .value = "WHERE", .kind = HP_CLI_CHOICE, .words = headers,
      .at = offsetof(choices, kid_in),
      .help = "protected | unprotected | both | none (protected)" },
    { .name = "--alg-in", .value = "WHERE", .kind = HP_CLI_CHOICE, .words = headers,
      .at = offsetof(choices, alg_in), .help = "the same for the algorithm" },
    { .name = "--float-times", .kind = HP_CLI_FLAG, .at = offsetof(choices, float_times),
      .help = "writes iat and exp as floating-point numbers" },
    { .name = "--no-iat", .kind = HP_CLI_FLAG, .at = offsetof(choices, no_iat),
      .help = "leaves iat out" },
    { .name = "--no-exp", .kind = HP_CLI_FLAG, .at = offsetof(choices, no_exp),
      .help = "leaves exp out" },
    { .name = "--forge", .kind = HP_CLI_FLAG, .at = offsetof(choices, forge),
      .help = "a signature of the right form that does not hold" },
    { .name = NULL },
};

/* What is put together for one pass; ended by tidy(). */
typedef struct {
    hp_signer *signer;
    hp_dsc dsc; /* empty without --cert */
    hp_bytes cert; /* of VDS-NC: DER or PEM */
    uint8_t kid[KID_MAX];
    uint8_t *dcc;
    char *text;
    size_t n;
    hp_hc1_wish wish;
} work;

/* What is wrong with the choices as a whole; NULL when nothing is. */
static const char *
complaint(const choices *c)
{
    if (c->key == NULL)
        return "--key FILE is needed";
    if (c->chunks != 0 && c->format != SHC)
        return "--chunks goes with --format shc";
    if (c->link && c->format != TWOD)
        return "--link goes with --format 2d-doc";
    if (c->format == TWOD && (c->kid == NULL || !hp_twod_is_name(c->kid) || c->cert != NULL ||
                              c->iss != NULL || c->kind >= 0 || !isnan(c->exp)))
        return "--format 2d-doc goes with --kid NAME, the signer's eight capitals and digits, and "
               "with none of --cert, --iss, --as and --exp: a seal has no end";
    if (c->format == SHC && (c->iss == NULL || c->cert != NULL || c->kid != NULL || c->kind >= 0))
        return "--format shc goes with --iss URL, and with none of --cert, --kid and --as: the key "
               "id is the key's own";
    if (c->format == VDS_NC && (c->cert == NULL || c->iss == NULL || strlen(c->iss) > 3 ||
                                strspn(c->iss, LETTERS) != strlen(c->iss) || c->kid != NULL ||
                                c->kind >= 0 || !isnan(c->exp)))
        return "--format vds-nc goes with --cert FILE and --iss, the state's three letters, and "
               "with none of --kid, --as and --exp: such a pass has no end";
    if (c->format == HC1 && c->cert == NULL && c->kid == NULL && c->kid_in != HP_HC1_NOWHERE)
        return "--cert FILE (or --kid HEX) is needed";
    if ((c->preset < 0) == (c->payload == NULL))
        return "either --preset NAME or --payload FILE is needed";
    if (c->preset >= 0 && c->kind >= 0)
        return "--as goes with --payload: a preset knows what it is";
    return NULL;
}

static int
read_signer(const hp_cli_command *self, const choices *c, work *w)
{
    hp_bytes file;
    hp_error error;

    if (!hp_file_read(c->key, 0, KEY_MAX, &file, NULL, &error))
        return hp_cli_say(self, HP_EXIT_FAULT, "%s", error.text);
    w->signer = hp_signer_read((hp_str){ file.p, file.n }, &error);
    hp_bytes_free(&file);
    if (w->signer == NULL)
        return hp_cli_say(self, HP_EXIT_FAULT, "%s: %s", c->key, error.text);
    if (c->format == HC1 && hp_signer_alg(w->signer) != HP_ALG_ES256 &&
        hp_signer_alg(w->signer) != HP_ALG_PS256)
        return hp_cli_say(self, HP_EXIT_FAULT, "%s: expected a P-256 key or an RSA key of %d to %d "
                          "bits", c->key, HP_RSA_BITS_MIN, HP_RSA_BITS_MAX);
    return HP_EXIT_OK;
}

static int
read_certificate(const hp_cli_command *self, const choices *c, work *w)
{
    hp_bytes file;
    hp_error error;
    bool ok;

    if (c->cert == NULL)
        return HP_EXIT_OK;
    if (!hp_file_read(c->cert, 0, KEY_MAX, &file, NULL, &error))
        return hp_cli_say(self, HP_EXIT_FAULT, "%s", error.text);
    ok = hp_dsc_read((hp_str){ file.p, file.n }, &w->dsc);
    hp_bytes_free(&file);
    if (!ok)
        return hp_cli_say(self, HP_EXIT_FAULT, "%s: expected a certificate", c->cert);
    return HP_EXIT_OK;
}

/* A link may be a list; all others are objects. */
static hp_json *
load_payload(const hp_cli_command *self, const char *path, bool object)
{
    hp_json *json = NULL;
    hp_bytes file;
    hp_error error;

    if (!hp_file_read(path, 0, HP_JSON_MAX, &file, NULL, &error)) {
        hp_cli_say(self, 0, "%s", error.text);
        return NULL;
    }
    json = object ? hp_json_load((hp_str){ file.p, file.n }, &error)
                  : hp_json_load_list((hp_str){ file.p, file.n }, HP_JSON_MAX, &error);
    hp_bytes_free(&file);
    if (json == NULL)
        hp_cli_say(self, 0, "%s: %s", path, error.text);
    return json;
}

/* Where a preset's certificate says it was made: two letters, whatever was asked for. */
static const char *
payload_country(const choices *c, const work *w)
{
    const char *country = c->iss != NULL ? c->iss : w->dsc.country;

    return strlen(country) == 2 && strspn(country, LETTERS) == 2 ? country : "XX";
}

/* The payload as JSON; NULL after a message. */
static hp_json *
make_payload(const hp_cli_command *self, const choices *c, const work *w)
{
    hp_json *json;

    if (c->payload != NULL)
        return load_payload(self, c->payload, w->wish.label != HP_HCERT_LINK);
    json = hp_preset_make(c->preset, w->wish.iat, payload_country(c, w));
    if (json == NULL)
        hp_cli_say(self, 0, "no memory, or no random bytes");
    return json;
}

static int
encode_payload(const hp_cli_command *self, const choices *c, work *w)
{
    hp_cbor_out out = { .p = w->dcc, .n = 0, .max = DCC_MAX, .full = false };
    hp_json *json = make_payload(self, c, w);
    bool ok;

    if (json == NULL)
        return HP_EXIT_FAULT;
    if (c->ver != NULL && hp_json_kind_of(json) == HP_JSON_OBJECT)
        hp_json_set_text(json, "ver", hp_str_of(c->ver));
    ok = hp_json_cbor(json, &out);
    hp_json_free(json);
    if (!ok)
        return hp_cli_say(self, HP_EXIT_FAULT, "the payload is too large");
    w->wish.dcc = (hp_str){ out.p, out.n };
    return HP_EXIT_OK;
}

/* An end in the past without a beginning was issued a year before it. */
static void
set_times(const choices *c, hp_hc1_wish *wish)
{
    double now = floor(hp_cli_now());

    if (!isnan(c->iat))
        wish->iat = c->iat;
    else
        wish->iat = !isnan(c->exp) && c->exp <= now ? c->exp - YEAR : now;
    wish->exp = isnan(c->exp) ? wish->iat + YEAR : c->exp;
}

static int
set_wish(const hp_cli_command *self, const choices *c, work *w)
{
    hp_hc1_wish *wish = &w->wish;

    wish->signer = w->signer;
    wish->kid = (hp_str){ w->dsc.kid, sizeof(w->dsc.kid) };
    if (c->kid != NULL) {
        if (strlen(c->kid) > 2 * KID_MAX || !hp_hex_read(hp_str_of(c->kid), w->kid))
            return hp_cli_say(self, HP_EXIT_USAGE, "--kid: expected at most %d bytes in hex",
                              KID_MAX);
        wish->kid = (hp_str){ w->kid, strlen(c->kid) / 2 };
    }
    wish->iss = hp_str_of(c->iss != NULL ? c->iss : w->dsc.country);
    wish->level = (int)c->level;
    wish->tag = (hp_hc1_tag)c->tag;
    wish->kid_in = (hp_hc1_header)c->kid_in;
    wish->alg_in = (hp_hc1_header)c->alg_in;
    wish->float_times = c->float_times;
    wish->no_iat = c->no_iat;
    wish->no_exp = c->no_exp;
    if (c->preset >= 0)
        wish->label = hp_preset_label(c->preset);
    else if (c->kind >= 0)
        wish->label = labels[c->kind];
    wish->forge = c->forge;
    set_times(c, wish);
    return HP_EXIT_OK;
}

static int
write_text(const hp_cli_command *self, const choices *c, work *w)
{
    hp_error error = { "the pass is too large, or its signature failed" };
    bool ok;

    if (c->pad != 0)
        ok = hp_pad_write(&w->wish, (size_t)c->pad, w->text, &w->n, &error);
    else
        ok = hp_hc1_write(&w->wish, w->text, &w->n);
    return ok ? HP_EXIT_OK : hp_cli_say(self, HP_EXIT_FAULT, "%s", error.text);
}

/* ---- what comes out --------------------------------------------------------- */

static bool
put_text(const work *w, FILE *to)
{
    return fwrite(w->text, 1, w->n, to) == w->n && putc('\n', to) != EOF;
}

static int
show_text(const hp_cli_command *self, const choices *c, const work *w)
{
    FILE *to;
    bool ok;

    if (c->out == NULL) {
        (void)put_text(w, stdout); /* main() looks after it */
        return HP_EXIT_OK;
    }
    to = fopen(c->out, "w");
    ok = to != NULL && put_text(w, to);
    if (to != NULL && fclose(to) != 0)
        ok = false;
    return ok ? HP_EXIT_OK : hp_cli_say(self, HP_EXIT_FAULT, "%s: %s", c->out, strerror(errno));
}

static void
tidy(work *w)
{
    hp_signer_free(w->signer);
    hp_bytes_free(&w->cert);
    free(w->dcc);
    free(w->text);
}

/* ---- SMART Health Cards ----------------------------------------------------- */

static int
write_card(const hp_cli_command *self, const choices *c, work *w)
{
    hp_shc_wish wish = { .signer = w->signer, .iss = c->iss, .exp = c->exp, .forge = c->forge };
    char *jws = malloc(HP_SHC_JWS_ROOM);
    hp_json *bundle;
    size_t n = 0;
    bool ok;

    set_times(c, &w->wish);
    wish.nbf = w->wish.iat;
    bundle = c->payload != NULL ? load_payload(self, c->payload, true)
                                : hp_preset_bundle(c->preset, wish.nbf);
    ok = bundle != NULL && jws != NULL && hp_shc_write(&wish, bundle, jws, &n) &&
         hp_shc_write_codes((hp_str){ (const uint8_t *)jws, n },
                            c->chunks > 0 ? (unsigned)c->chunks : 1, w->text, &w->n);
    free(jws);
    return ok ? HP_EXIT_OK
              : hp_cli_say(self, HP_EXIT_FAULT, "no card could be made: its key must be on P-256, "
                                                "and its bundle not too large");
}

/* ---- 2D-DOC ------------------------------------------------------------------ */

static int
write_seal(const hp_cli_command *self, const choices *c, work *w)
{
    hp_twod_wish wish = { .signer = w->signer, .name = c->kid, .forge = c->forge,
                          .link = c->link };
    hp_json *values;
    bool ok;

    set_times(c, &w->wish);
    wish.issued = wish.sealed = (int64_t)floor(w->wish.iat / DAY);
    values = c->payload != NULL ? load_payload(self, c->payload, true)
                                : hp_preset_seal(c->preset, w->wish.iat);
    ok = values != NULL && hp_twod_write(&wish, values, w->text, &w->n);
    hp_json_free(values);
    return ok ? HP_EXIT_OK
              : hp_cli_say(self, HP_EXIT_FAULT, "no seal could be made: its key must be on P-256, "
                           "P-384 or P-521, and its fields all those of an L1 or a B2");
}

/* ---- VDS-NC ------------------------------------------------------------------- */

static int
keep_certificate(const hp_cli_command *self, const choices *c, work *w)
{
    hp_error error;

    return hp_file_read(c->cert, 0, KEY_MAX, &w->cert, NULL, &error)
               ? HP_EXIT_OK
               : hp_cli_say(self, HP_EXIT_FAULT, "%s", error.text);
}

static int
write_vds(const hp_cli_command *self, const choices *c, work *w)
{
    hp_vds_wish wish = { .signer = w->signer, .cert = { w->cert.p, w->cert.n },
                         .forge = c->forge };
    size_t at = 0, n;
    uint8_t *der;
    hp_json *data;
    bool ok;

    if (hp_pem_next(wish.cert, &at, &der, &n) == HP_PEM_CERT)
        wish.cert = (hp_str){ der, n };
    set_times(c, &w->wish);
    data = c->payload != NULL ? load_payload(self, c->payload, true)
                              : hp_preset_data(c->preset, w->wish.iat, c->iss);
    ok = data != NULL && hp_vds_write(&wish, data, w->text, &w->n);
    hp_json_free(data);
    hp_pem_free(der);
    return ok ? HP_EXIT_OK
              : hp_cli_say(self, HP_EXIT_FAULT, "no pass could be made: its key must be on P-256, "
                                                "P-384 or P-521, and it must hold something");
}

static const struct recipe {
    int (*steps[6])(const hp_cli_command *self, const choices *c, work *w);
} recipes[] = {
    [HC1] = { { read_signer, read_certificate, set_wish, encode_payload, write_text } },
    [SHC] = { { read_signer, write_card } },
    [TWOD] = { { read_signer, write_seal } },
    [VDS_NC] = { { read_signer, read_certificate, keep_certificate, write_vds } },
};

_Static_assert(HP_HC1_TEXT_ROOM >= HP_SHC_TEXT_ROOM && HP_HC1_TEXT_ROOM >= HP_TWOD_TEXT_MAX &&
               HP_HC1_TEXT_ROOM >= HP_VDS_TEXT_ROOM,
               "one room for the text of all");

static int
issue(const hp_cli_command *self, const choices *c)
{
    int (*const *steps)(const hp_cli_command *, const choices *, work *) =
        recipes[c->format].steps;
    work w = { .dcc = malloc(DCC_MAX), .text = malloc(HP_HC1_TEXT_ROOM) };
    int status = HP_EXIT_OK;
    size_t i;

    if (w.dcc == NULL || w.text == NULL)
        status = hp_cli_say(self, HP_EXIT_FAULT, "out of memory");
    for (i = 0; status == HP_EXIT_OK && steps[i] != NULL; i++)
        status = steps[i](self, c, &w);
    if (status == HP_EXIT_OK)
        status = hp_cli_show_code(self, (hp_str){ (const uint8_t *)w.text, w.n }, c->qr, c->png);
    if (status == HP_EXIT_OK)
        status = show_text(self, c, &w);
    tidy(&w);
    return status;
}

static int
run(const hp_cli_command *self, int argc, char **argv)
{
    choices c = { .preset = -1, .kind = -1, .level = 9, .iat = NAN, .exp = NAN };
    const char *wrong;
    int status;

    if (!hp_cli_parse(self, argc, argv, &c, NULL, &status))
        return status;
    wrong = complaint(&c);
    if (wrong != NULL)
        return hp_cli_say(self, HP_EXIT_USAGE, "%s", wrong);
    return issue(self, &c);
}

const hp_cli_command hp_cli_issue = {
    .name = "issue",
    .summary = "Signs a payload as a pass of any format, for demos and tests",
    .usage = "--key FILE --cert FILE (--preset NAME | --payload FILE)\n"
             "           [--format shc --iss URL [--chunks N] |\n"
             "            --format 2d-doc --kid NAME [--link] | --format vds-nc --iss UTO]\n"
             "           [--iss XX] [--iat TIME] [--exp TIME] [-o FILE] [--qr] [--png FILE]\n"
             "           [OPTION ...]",
    .notes = "Presets; days are counted from --iat, names are made up:\n"
             "  adult-full     two of two doses, 30 days ago\n"
             "  adult-test     PCR test of yesterday, not detected\n"
             "  test-old       the same of 10 days ago\n"
             "  test-positive  PCR test of yesterday, detected\n"
             "  recovered      positive 60 days ago, valid from day 11 to 180\n"
             "  child          8 years old, PCR test of yesterday, not detected\n"
             "  yellow-card    yellow fever vaccination of 30 days ago, for life (ICVP)\n"
             "  empty          no certificate in it: the smallest pass, refused as content\n"
             "\n"
             "--key and --cert need not belong together: a pass under somebody else's key id\n"
             "is a forgery to try.  An --exp in the past without --iat was issued a year before\n"
             "it.  --pad adds random bytes beside the DCC, which readers ignore; Base45 has no\n"
             "texts of 3k + 5 characters, and the shortest ones need --preset empty.\n",
    .options = options,
    .run = run,
};
