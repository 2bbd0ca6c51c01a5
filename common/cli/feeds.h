/*
 * The feeds file: where the lists of a store, and those of a revocation index, come from, what
 * may sign them and how often they are fetched.  healthpass-feeds(5) is its manual.
 */
#ifndef HP_CLI_FEEDS_H
#define HP_CLI_FEEDS_H

#include "base/hex.h"
#include "check/query.h"
#include "cli/fetch.h"
#include "cli/trust.h"
#include "policy/conf.h"

#define HP_FEEDS_URLS     8  /* entries of url */
#define HP_FEEDS_VOUCHERS 16 /* of pin, and of authorities */
#define HP_FEEDS_KIDS     16 /* of kid */

#define HP_FEEDS_FILE "/etc/healthpass/feeds.conf" /* unless told otherwise */

/* One list to be renewed. */
typedef struct {
    const hp_conf_item *at; /* its group, for complaints */
    const char *name;       /* of the source in the store */
    const hp_feed *from;
    const char *urls[HP_FEEDS_URLS]; /* the files that make up the list */
    size_t n_urls;
    const char *signature_url; /* NULL: none */
    const char *pins[HP_FEEDS_VOUCHERS];
    const char *authorities[HP_FEEDS_VOUCHERS];
    size_t n_pins, n_authorities;
    const char *issuer; /* NULL: none */
    double every;       /* seconds between two fetches */
    double max_age;     /* seconds; 0: the policy's */
    double timeout;     /* seconds that one fetch may take */
    double max_size;    /* bytes of each file */
    bool allow_unsigned, allow_unreadable_eku;
} hp_feeds_entry;

/* How a list of withdrawn passes is published; the names are those of importers too. */
#define HP_FEEDS_FORMS(X) \
    X(GATEWAY, "gateway") \
    X(SLICES,  "slices")  \
    X(SHC,     "shc")     \
    X(LIST,    "list")

typedef enum {
#define X(name, word) HP_FEEDS_##name,
    HP_FEEDS_FORMS(X)
#undef X
} hp_feeds_form;

const char *hp_feeds_form_name(hp_feeds_form form);

/* One list of withdrawn passes to be renewed. */
typedef struct {
    const hp_conf_item *at; /* its group, for complaints */
    const char *name;       /* of the source in the index */
    hp_feeds_form from;
    const char *url; /* of the server's root, without a slash at its end; LIST: of the list */
    const char *pins[HP_FEEDS_VOUCHERS];
    size_t n_pins;
    const char *client_cert, *client_key; /* paths; NULL: none */
    const char *issuer;                   /* SHC: as cards name it; NULL: the url */
    const char *kids[HP_FEEDS_KIDS];      /* SHC: whose lists; none: as the issuer's keys say */
    size_t n_kids;
    bool hashes;         /* SLICES: lists of hashes are asked for, else Bloom filters */
    hp_listed_kind kind; /* LIST: of which keys; UCIs where they are plain */
    bool plain;          /* LIST: it holds UCIs, not hashes */
    double every, max_age, timeout, max_size; /* as above */
    bool allow_unsigned;
} hp_feeds_revocation;

/* What it has none of is NULL, and their number 0: a store with feeds, an index, or both. */
typedef struct {
    const char *store; /* absolute path */
    hp_env env;
    const char *ca;    /* file of the authorities of HTTPS; NULL: the system's */
    const char *proxy; /* NULL: none, whatever the environment says */
    hp_feeds_entry *all;
    size_t n;
    const char *index; /* absolute path */
    hp_feeds_revocation *revocations;
    size_t n_revocations;
    hp_conf *conf; /* the parsed file: the texts above are in it */
} hp_feeds_file;

/*
 * Reads the text of the feeds file at path (named in errors only).  Unknown and doubled keys,
 * values of another kind or out of range, missing ones and two feeds of one name are errors
 * that say the line and what was expected.  True: the file is the caller's to give to
 * hp_feeds_free().
 */
bool hp_feeds_read(const char *path, hp_str text, hp_feeds_file *file, hp_error *error);
void hp_feeds_free(hp_feeds_file *file);

/* The same for the file itself, which must be its administrator's (HP_FILE_OWNED). */
bool hp_feeds_load(const char *path, hp_feeds_file *file, hp_error *error);

#define HP_FEEDS_TERMS HP_HEX_TEXT(HP_SHA256)

/*
 * Reads who vouches for the lists of a feed, which is decided only by files that are the
 * administrator's (HP_FILE_OWNED).  terms is a digest of all that decides how a list is read:
 * once it changes, "not modified" is no answer any more, for the list in the store was judged
 * by other words.  False with *error, and terms is empty.  In any case *v is to be ended with
 * hp_vouchers_free().
 */
bool hp_feeds_vouch(hp_crypto *crypto, const hp_feeds_entry *feed, hp_env env, hp_vouchers *v,
                    char terms[HP_FEEDS_TERMS], hp_error *error);

/* Who may sign a list of withdrawn passes, and who we are to its server. */
typedef struct {
    hp_pin *pins[HP_FEEDS_VOUCHERS];
    hp_str signers[HP_FEEDS_VOUCHERS]; /* their certificates, DER */
    size_t n;
    hp_bytes cert, key;
    hp_fetch_client client; /* of the two above */
} hp_revoke_vouchers;

/*
 * The same for a list of withdrawn passes.  The client's key must be no stranger's to read
 * (HP_FILE_SECRET).  *v is to be ended with hp_revoke_vouchers_free() in any case.
 */
bool hp_feeds_vouch_revocation(hp_crypto *crypto, const hp_feeds_revocation *feed,
                               hp_revoke_vouchers *v, char terms[HP_FEEDS_TERMS],
                               hp_error *error);
void hp_revoke_vouchers_free(hp_revoke_vouchers *v);

#endif
