/*
 * What every trust list becomes, whatever its format (trust-lists, 0): records of keys, and
 * the sources that they came from.
 *
 * A list of records is filled once and then only read.  What records point to lives in the
 * list's own memory, or longer than the list.
 */
#ifndef HP_CHECK_RECORD_H
#define HP_CHECK_RECORD_H

#include "base/error.h"
#include "base/file.h"
#include "base/str.h"
#include "crypto/key.h"
#include "format/pass.h"

#define HP_TRUST_KEYS_MAX 20000 /* keys in one list */
#define HP_TRUST_SAME_KID 8     /* keys that share one key id */
#define HP_TRUST_SAME_NAME 16   /* authorities of one name, for certificates that come in passes */
#define HP_TRUST_ISSUERS  4     /* authorities that issued one key: an old one and its successors */
#define HP_SOURCES_MAX    64    /* lists in one list */
#define HP_KID_MAX        32    /* bytes of the longest key id: a JWK thumbprint (RFC 7638) */

/* From one moment to another, seconds since 1970 UTC; both belong to it. */
typedef struct {
    double from, until;
} hp_span;

/* ---- environments: keys of one never verify in another (trust-lists, 3.6) ------------- */

typedef enum { HP_ENV_PROD, HP_ENV_UAT, HP_ENV_DEV } hp_env;

/* "prod", "uat", "dev". */
const char *hp_env_name(hp_env env);
bool hp_env_read(const char *name, hp_env *env);

/* ---- which passes a key may sign: HP_DOMAIN_ bits of format/pass.h --------------------- */

/* The bit of a domain as lists spell it ("IPS-PILGRIMAGE"); HP_DOMAIN_OTHER for any other. */
unsigned hp_domain_of(hp_str name);

/* The name of one bit. */
const char *hp_domain_name(unsigned domain);

/* ---- records --------------------------------------------------------------------------- */

typedef enum {
    HP_ROLE_SIGNER,    /* signs passes */
    HP_ROLE_AUTHORITY, /* issues certificates that come inside passes (VDS-NC), or CRLs */
    HP_ROLE_CRL,       /* certificates that an authority took back */
    HP_ROLE_DOCUMENT,  /* no key, but one of the documents that a list was made of */
    HP_ROLE_SEALED     /* in no list: the signer whose certificate came with a pass */
} hp_role;

/* Why no pass may rest on a key that is listed all the same. */
typedef enum {
    HP_FLAW_NONE,
    HP_FLAW_CHAIN,  /* issued by none of the authorities that are required */
    HP_FLAW_REVOKED /* taken back by its authority's CRL */
} hp_flaw;

typedef struct {
    hp_role role;
    hp_flaw flaw;
    unsigned source; /* which of the list's sources */
    /*
     * How it is looked for.  HC1: 8 bytes.  SHC: the thumbprint's 32 bytes.  2D-DOC: 8 characters.
     * Authorities and CRLs: the first 8 bytes of the digest of the authority's name (key.h).
     * Documents: the same of the document's DID.
     */
    hp_str kid;
    hp_str issuer;             /* SHC: the issuer's URL, part of the look-up; documents: the DID */
    hp_str spki;               /* DER SubjectPublicKeyInfo; empty for what is no key */
    hp_str cert;               /* DER, of authorities and CRLs only once a list is closed */
    uint8_t digest[HP_SHA256]; /* SHA-256 of spki: one key has one, wherever it is listed */
    char country[4];           /* capital letters as listed; empty when the list does not say */
    unsigned domains;          /* HP_DOMAIN_ bits */
    unsigned usage;            /* HP_USE_ bits */
    hp_span valid;             /* of a document: from when it is; 0 where nobody vouches for that */
    hp_span issuers[HP_TRUST_ISSUERS]; /* one of them must be valid too; none are required at 0 */
    size_t n_issuers;
    size_t n_alike;            /* HP_ROLE_SEALED: so many stand side by side, one an authority */
} hp_record;

/* Is it a key, and so one of the source's keys? */
static inline bool
hp_record_is_key(const hp_record *r)
{
    return r->role == HP_ROLE_SIGNER || r->role == HP_ROLE_AUTHORITY;
}

/* Does a pass rest on it: on a signer, or on the authority of signers that come with passes? */
static inline bool
hp_record_serves(const hp_record *r)
{
    return r->role == HP_ROLE_SIGNER ||
           (r->role == HP_ROLE_AUTHORITY && (r->domains & HP_DOMAIN_VDS_NC) != 0);
}

/* ---- sources --------------------------------------------------------------------------- */

/* Why entries of a list were left out. */
#define HP_SKIPS(X) \
    X(UNREADABLE, "unreadable") /* no certificate or key in it, or it breaks the list's form */ \
    X(KID,        "kid")        /* its key id is not that of its certificate or key */ \
    X(KEY,        "key-kind")   /* a curve or size that no pass may use */ \
    X(USAGE,      "usage")      /* a key usage that excludes signatures, or an unreadable EKU */ \
    X(COUNTRY,    "country")    /* the list and its certificates name different ones */ \
    X(SIGNATURE,  "signature")  /* its own signature does not hold, or is nobody's who may sign */ \
    X(FOREIGN,    "foreign")    /* it speaks for another list or host */ \
    X(REFERENCE,  "reference")  /* it names another list, which is never followed */ \
    X(DOUBLE,     "double")     /* it is there already */ \
    X(CROWD,      "crowd")      /* more keys share its id than are ever tried */ \
    X(OTHER_USE,  "other-use")  /* for other things than passes (SCA, TLS, ...): no mistake */

typedef enum {
#define X(name, text) HP_SKIP_##name,
    HP_SKIPS(X)
#undef X
    HP_SKIP_KINDS
} hp_skip;

const char *hp_skip_name(hp_skip skip);

#define HP_SOURCE_NAME 32 /* characters of a source's name, closing zero included */
#define HP_SOURCE_FEED 16

/* One list that was taken in.  Times are seconds since 1970 UTC; 0: not known. */
typedef struct {
    char name[HP_SOURCE_NAME]; /* the operator's: "who"; a folder's is empty */
    char feed[HP_SOURCE_FEED]; /* the format: "gdhcn" */
    double issued;  /* the list's own time: no older list takes its place */
    double dated;   /* its age is counted from here; 0: it has no age */
    double expires; /* its own end */
    double fetched; /* when it was taken in */
    double max_age; /* seconds, where stricter than the policy; 0: the policy's */
    bool is_signed;
    uint8_t signer[HP_SHA256]; /* fingerprint of what signed it: SHA-256 of certificate or SPKI */
    uint8_t digest[HP_SHA256]; /* SHA-256 of the list as it came */
    uint32_t entries;          /* in the list */
    uint32_t keys;             /* taken of them */
    uint32_t skipped[HP_SKIP_KINDS];
} hp_source;

/* ---- a list ---------------------------------------------------------------------------- */

typedef struct hp_chunk hp_chunk;

typedef struct {
    hp_env env;
    hp_source *sources; /* HP_SOURCES_MAX of room once there is one */
    size_t n_sources;
    hp_record *all;
    size_t n, room;
    hp_chunk *chunks; /* the memory that records point into */
} hp_records;

/* An empty list is all zero. */
void hp_records_free(hp_records *list);

/* Adds a source of that name; NULL when there are too many, or no memory. */
hp_source *hp_records_source(hp_records *list, const char *name, const char *feed);

/* Adds the record as it is.  False when the list is full, or there is no memory. */
bool hp_records_put(hp_records *list, const hp_record *record);

/* Copies the bytes into the list's memory and lets *s point to the copy.  False: no memory. */
bool hp_records_keep(hp_records *list, hp_str *s);

/* Takes the bytes over, in any case; they live as long as the list.  False: no memory. */
bool hp_records_adopt(hp_records *list, hp_bytes *bytes);

/*
 * Takes over the records and sources of another list, which is empty then; false when there
 * are too many of them or no memory, and *from is as it was or ended with *list.
 */
bool hp_records_join(hp_records *list, hp_records *from);

/* What a record is looked for by: role, key id and issuer.  As memcmp(). */
int hp_record_order(const hp_record *a, const hp_record *b);

#endif
