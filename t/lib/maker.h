/*
 * maker: a throw-away issuer for tests, which signs whatever it is given, layer by layer,
 * so that a test can be wrong in exactly one of them.
 *
 *   DCC (JSON) -> CBOR -> claims -> COSE_Sign1 -> zlib, Base45, "HC1:"
 *
 * What these functions return lies in a ring of some megabytes, so that no test frees
 * anything; a failure of the maker itself ends the program.
 */
#ifndef T_MAKER_H
#define T_MAKER_H

#include "base/str.h"
#include "check/record.h"
#include "crypto/sign.h"

/* A person who does not exist, and each kind of entry. */
#define MAKER_HOLDER                                                                  \
    "\"ver\":\"1.3.0\",\"nam\":{\"fn\":\"Pr\xc3\xbc" "fling\",\"fnt\":\"PRUEFLING\"," \
    "\"gn\":\"Erna\",\"gnt\":\"ERNA\"},\"dob\":\"1971-02-03\""
#define MAKER_COMMON                                                                  \
    "\"tg\":\"840539006\",\"co\":\"XA\",\"is\":\"Test issuer\",\"ci\":\"URN:UVCI:01:XA:1#2\""
#define MAKER_V                                                                       \
    "{" MAKER_HOLDER ",\"v\":[{" MAKER_COMMON ",\"vp\":\"1119349007\",\"mp\":\"EU/1/20/1528\"," \
    "\"ma\":\"ORG-100030215\",\"dn\":2,\"sd\":2,\"dt\":\"2021-06-01\"}]}"
#define MAKER_T                                                                       \
    "{" MAKER_HOLDER ",\"t\":[{" MAKER_COMMON ",\"tt\":\"LP6464-4\",\"nm\":\"A test\"," \
    "\"sc\":\"2021-06-01T08:30:00Z\",\"tr\":\"260415000\",\"tc\":\"A centre\"}]}"
#define MAKER_R                                                                       \
    "{" MAKER_HOLDER ",\"r\":[{" MAKER_COMMON ",\"fr\":\"2021-03-01\",\"df\":\"2021-03-12\"," \
    "\"du\":\"2021-09-01\"}]}"

/* The times that claims and certificates have when nothing else is asked for. */
#define MAKER_FROM 1609459200.0 /* 2021-01-01 */
#define MAKER_IAT  1622505600.0 /* 2021-06-01 */
#define MAKER_NOW  1625097600.0 /* 2021-07-01 */
#define MAKER_EXP  1640995200.0 /* 2022-01-01 */
#define MAKER_TO   1672531200.0 /* 2023-01-01 */

/* Copies into the ring; printf into the ring. */
hp_str maker_copy(hp_str s);
hp_str maker_print(const char *format, ...) __attribute__((format(printf, 1, 2)));
const char *maker_c_string(hp_str s);

/* "84 43 a1..." as bytes; blanks are skipped. */
hp_str maker_hex(const char *hex);

/* All parts as one; the list ends with an empty string. */
hp_str maker_join(const hp_str *parts);
#define MAKER_JOIN(...) maker_join((const hp_str[]){ __VA_ARGS__, { NULL, 0 } })

/* s with the first occurrence of old, which must be there, replaced. */
hp_str maker_replace(hp_str s, hp_str old, hp_str by);

/* n times the byte. */
hp_str maker_fill(size_t n, int byte);

/* ---- layers ----------------------------------------------------------------- */

/* JSON as CBOR; a text "hex:..." in it becomes the item that the digits encode. */
hp_str maker_cbor(hp_str json);

/* An item of CBOR: a byte string, a text, a number, a double. */
hp_str maker_bytes(hp_str s);
hp_str maker_text(hp_str s);
hp_str maker_int(int64_t value);
hp_str maker_double(double value);

/* { 1: "XA", 4: exp, 6: iat, -260: { 1: dcc } } */
hp_str maker_claims(hp_str dcc);

/* A key with its certificate and the header maps that name it. */
typedef struct {
    hp_signer *signer;
    char pem[HP_PEM_MAX]; /* the certificate */
    uint8_t kid[HP_KID];
} maker_key;

/* usage: of "vtr", "" for no extension.  The key lives until the program ends. */
const maker_key *maker_key_new(hp_alg alg, const char *usage);
const maker_key *maker_key_dated(hp_alg alg, const char *usage, double from, double to);

/* { 1: alg, 4: kid } */
hp_str maker_header(const maker_key *key);

/* The signature over these protected bytes and this payload. */
hp_str maker_sign(const maker_key *key, hp_str protected, hp_str payload);

/* Array of 4 without a tag; unprotected and the others are given as they shall stand. */
hp_str maker_cose(hp_str protected, hp_str unprotected, hp_str payload, hp_str signature);

/* Tag 18, a protected header as usual, an empty unprotected one, and the signature. */
hp_str maker_signed(const maker_key *key, hp_str payload);

hp_str maker_deflate(hp_str s);
hp_str maker_base45(hp_str s);

/* "HC1:", Base45, zlib of a COSE message. */
hp_str maker_hc1(hp_str cose);

/* A good pass that says this. */
hp_str maker_pass(const maker_key *key, const char *json);

/* ---- a place ---------------------------------------------------------------- */

/* A folder of this program's own, which goes when the program ends. */
const char *maker_folder(void);

/* Writes a file in it, name relative to it ("trust/a.pem"), mode 0600; its path. */
const char *maker_file(const char *name, hp_str content);

/*
 * A folder trust/ with the certificates, an identity key, and a policy file that names
 * both and goes on with the lines given; its path.
 */
const char *maker_policy(const maker_key *const *keys, size_t n, const char *lines);

/* The key as a signer for these domains, as its certificate has it; XA's. */
hp_record maker_record(const maker_key *key, unsigned domains);

/* A store with one source as given and these records; its path. */
const char *maker_store_of(const char *name, const hp_source *source, hp_env env,
                           const hp_record *records, size_t n);

/*
 * A store with one source as given (name and feed may be empty) and the keys, as signers for
 * these domains; its path.
 */
const char *maker_store(const char *name, const hp_source *source, hp_env env,
                        const maker_key *const *keys, size_t n, unsigned domains);

#endif
