/*
 * The feeds file: where the lists of a store come from, what may sign them and how often they
 * are fetched.  healthpass-feeds(5) is its manual.
 */
#ifndef HP_CLI_FEEDS_H
#define HP_CLI_FEEDS_H

#include "base/hex.h"
#include "cli/trust.h"
#include "policy/conf.h"

#define HP_FEEDS_URLS     8  /* entries of url */
#define HP_FEEDS_VOUCHERS 16 /* of pin, and of authorities */

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

typedef struct {
    const char *store; /* absolute path */
    hp_env env;
    const char *ca;    /* file of the authorities of HTTPS; NULL: the system's */
    const char *proxy; /* NULL: none, whatever the environment says */
    hp_feeds_entry *all;
    size_t n;
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

#endif
