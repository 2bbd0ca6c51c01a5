/* N-Quads of GDHCN lists and the signature over them; see did_proof.h. */
#include "feed/did_proof.h"

#include "codec/base64.h"
#include "codec/jcs.h"
#include "crypto/about.h"

#include <stdlib.h>

#define RDF_TYPE "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
#define RDF_JSON "http://www.w3.org/1999/02/22-rdf-syntax-ns#JSON"
#define CREATED  "http://purl.org/dc/terms/created"
#define DATETIME "http://www.w3.org/2001/XMLSchema#dateTime"
#define SECURITY "https://w3id.org/security#"
#define VALUES   "https://smart.who.int/trust/ValueSet-"
#define A_KEY    " <" RDF_TYPE "> <" SECURITY "JsonWebKey2020> .\n"
#define PROOF    "_:c14n0"

#define LINES_PER_KEY 6

/* A string as printf's "%.*s" takes it. */
#define S(s) (int)(s).n, (const char *)(s).p

/* ---- lines ------------------------------------------------------------------ */

/* As code points, which is as bytes of UTF-8. */
static int
by_bytes(const void *one, const void *other)
{
    const hp_str *a = one, *b = other;
    int order = memcmp(a->p, b->p, a->n < b->n ? a->n : b->n);

    return order != 0 ? order : (a->n > b->n) - (a->n < b->n);
}

static size_t
count_lines(hp_str text)
{
    size_t i, n = 0;

    for (i = 0; i < text.n; i++)
        n += text.p[i] == '\n';
    return n;
}

/* Cuts quads->text into lines, sorts them and leaves out what is there twice. */
static bool
sort_lines(hp_nquads *quads)
{
    hp_str left = { quads->text.p, quads->text.n };
    size_t i, n = count_lines(left);

    quads->lines = calloc(n + 1, sizeof(*quads->lines));
    if (quads->lines == NULL)
        return false;
    for (i = 0; i < n; i++) {
        const uint8_t *end = memchr(left.p, '\n', left.n);
        size_t length = (size_t)(end - left.p) + 1;

        quads->lines[i] = (hp_str){ left.p, length };
        left = hp_str_from(left, length);
    }
    qsort(quads->lines, n, sizeof(*quads->lines), by_bytes);
    for (i = 0; i < n; i++) {
        if (quads->n == 0 || !hp_str_eq(quads->lines[i], quads->lines[quads->n - 1]))
            quads->lines[quads->n++] = quads->lines[i];
    }
    return true;
}

void
hp_nquads_free(hp_nquads *quads)
{
    hp_bytes_free(&quads->text);
    free(quads->lines);
    *quads = (hp_nquads){ .lines = NULL };
}

/* ---- literals --------------------------------------------------------------- */

/*
 * Canonical N-Quads escape these two, line feed and carriage return; of control characters there
 * are none: did.c refuses them, and JCS writes them as escapes of its own, but for DEL.
 */
static bool
put_escaped(FILE *to, hp_str s)
{
    size_t i;

    for (i = 0; i < s.n; i++) {
        if (s.p[i] < 0x20 || s.p[i] == 0x7f)
            return false;
        if (s.p[i] == '"' || s.p[i] == '\\')
            (void)putc('\\', to);
        (void)putc(s.p[i], to);
    }
    return true;
}

static bool
put_json(FILE *to, const hp_json *json)
{
    char *text = NULL;
    size_t n = 0;
    FILE *copy = open_memstream(&text, &n);
    bool good = copy != NULL && hp_jcs_write(json, copy);

    if (copy != NULL)
        good = fclose(copy) == 0 && good;
    good = good && put_escaped(to, (hp_str){ (const uint8_t *)text, n });
    free(text);
    return good;
}

/* ---- the document ----------------------------------------------------------- */

/* What a code means depends on the environment, which the third context names. */
static void
put_code(FILE *to, hp_str id, const char *set, hp_env env, hp_str code)
{
    static const char *const suffixes[] = { "", "-UAT", "-DEV" };
    const char *suffix = suffixes[env];

    (void)fprintf(to, "<%.*s> <" VALUES "%s%s.jsonld> <" VALUES "%s%s.jsonld%.*s> .\n", S(id),
                  set, suffix, set, suffix, S(code));
}

static bool
put_key(FILE *to, const hp_did_method *m, hp_env env)
{
    bool good;

    (void)fprintf(to, "<%.*s>" A_KEY, S(m->id));
    (void)fprintf(to, "<%.*s> <" SECURITY "controller> <%.*s> .\n", S(m->id), S(m->controller));
    (void)fprintf(to, "<%.*s> <" SECURITY "publicKeyJwk> \"", S(m->id));
    good = put_json(to, m->jwk);
    (void)fputs("\"^^<" RDF_JSON "> .\n", to);
    put_code(to, m->id, "Domains", env, m->domain);
    put_code(to, m->id, "Participants", env, m->participant);
    put_code(to, m->id, "KeyUsage", env, m->usage);
    return good;
}

static bool
put_document(FILE *to, const hp_did *did)
{
    hp_did_method m;
    size_t i;

    (void)fprintf(to, "<%.*s> <" SECURITY "controller> <%.*s> .\n", S(did->id),
                  S(did->controller));
    for (i = 0; i < did->n; i++) {
        bool is_key = hp_did_method_at(did, i, &m);

        (void)fprintf(to, "<%.*s> <" SECURITY "verificationMethod> <%.*s> .\n", S(did->id),
                      S(m.id));
        if (is_key && !put_key(to, &m, did->env))
            return false;
    }
    return true;
}

static bool
is_about(hp_str line, hp_str subject)
{
    return line.n > subject.n + 2 && line.p[subject.n + 1] == '>' &&
           hp_str_eq((hp_str){ line.p + 1, subject.n }, subject);
}

/*
 * Entries of one id melt into one.  When they were the same, its lines are those of one key;
 * when they differed, it has more, and how they belonged together is lost.
 */
static bool
is_told_apart(const hp_did *did, const hp_nquads *quads)
{
    const hp_str a_key = HP_STR(A_KEY);
    size_t i, keys = 0, about_keys = 0;

    for (i = 0; i < quads->n; i++) {
        hp_str line = quads->lines[i];

        if (is_about(line, did->id))
            continue;
        about_keys++;
        keys += line.n > a_key.n && hp_str_eq(hp_str_from(line, line.n - a_key.n), a_key);
    }
    return about_keys == keys * LINES_PER_KEY;
}

/* ---- the proof -------------------------------------------------------------- */

static bool
put_proof(FILE *to, const hp_did *did)
{
    bool good;

    (void)fputs(PROOF " <" RDF_TYPE "> <" SECURITY "JsonWebSignature2020> .\n", to);
    (void)fputs(PROOF " <" SECURITY "proofPurpose> <" SECURITY "assertionMethod> .\n", to);
    (void)fprintf(to, PROOF " <" SECURITY "verificationMethod> <%.*s> .\n", S(did->key));
    (void)fputs(PROOF " <" CREATED "> \"", to);
    good = put_escaped(to, did->created);
    (void)fputs("\"^^<" DATETIME "> .\n", to);
    if (did->nonce.p == NULL)
        return good;
    (void)fputs(PROOF " <" SECURITY "nonce> \"", to);
    good = put_escaped(to, did->nonce) && good;
    (void)fputs("\" .\n", to);
    return good;
}

static bool
write_quads(const hp_did *did, bool (*write)(FILE *to, const hp_did *did), hp_nquads *quads)
{
    char *text = NULL;
    size_t n = 0;
    FILE *to = open_memstream(&text, &n);
    bool good = to != NULL && write(to, did) && ferror(to) == 0;

    *quads = (hp_nquads){ .lines = NULL };
    if (to != NULL)
        good = fclose(to) == 0 && good;
    quads->text = (hp_bytes){ (uint8_t *)text, text == NULL ? 0 : n };
    if (good && sort_lines(quads))
        return true;
    hp_nquads_free(quads);
    return false;
}

bool
hp_did_nquads(const hp_did *did, hp_nquads *quads, hp_error *error)
{
    if (!write_quads(did, put_document, quads)) {
        hp_error_set(error, "has a key with a number or character that the proof may not hold, or "
                            "there is no memory");
        return false;
    }
    if (is_told_apart(did, quads))
        return true;
    hp_nquads_free(quads);
    hp_error_set(error, "has entries of one id that differ, which the proof cannot tell apart");
    return false;
}

bool
hp_did_proof_nquads(const hp_did *did, hp_nquads *quads, hp_error *error)
{
    if (write_quads(did, put_proof, quads))
        return true;
    hp_error_set(error, "no memory");
    return false;
}

/* ---- the signature ---------------------------------------------------------- */

typedef bool quads_of(const hp_did *did, hp_nquads *quads, hp_error *error);

static bool
hash(hp_crypto *crypto, const hp_did *did, quads_of *make, uint8_t out[HP_SHA256],
     hp_error *error)
{
    hp_nquads quads;
    bool good;

    if (!make(did, &quads, error))
        return false;
    good = hp_sha256(crypto, quads.lines, quads.n, out);
    if (!good)
        hp_error_set(error, "cannot be hashed");
    hp_nquads_free(&quads);
    return good;
}

bool
hp_did_signed(hp_crypto *crypto, const hp_did *did, uint8_t message[HP_DID_SIGNED],
              hp_error *error)
{
    const hp_str head = HP_STR(HP_DID_HEADER ".");
    uint8_t *of_proof = message + head.n;

    memcpy(message, head.p, head.n);
    return hash(crypto, did, hp_did_proof_nquads, of_proof, error) &&
           hash(crypto, did, hp_did_nquads, of_proof + HP_SHA256, error);
}

#define P256_BITS     256
#define SIGNATURE_MAX 100 /* characters: r||s have 86, DER has up to 96 */

/* WHO writes DER where RFC 7515 wants r||s; both mean the same. */
bool
hp_did_verify(hp_crypto *crypto, const hp_did *did, const uint8_t message[HP_DID_SIGNED],
              const hp_pin *pin)
{
    uint8_t bytes[HP_BASE64_BYTES(SIGNATURE_MAX)];
    hp_str signed_bytes = { message, HP_DID_SIGNED }, signature = { bytes, 0 };

    if (did->signature.n > SIGNATURE_MAX ||
        !hp_base64_read(did->signature, HP_BASE64_URL, bytes, &signature.n) ||
        hp_about_curve(crypto, hp_pin_spki(pin)) != P256_BITS)
        return false;
    return hp_pin_verify(pin, HP_HASH_SHA256, signed_bytes, signature) ||
           hp_pin_verify_raw(pin, HP_HASH_SHA256, signed_bytes, signature);
}
