/*
 * lists: trust lists for tests, and what an import makes of them.
 */
#ifndef T_LISTS_H
#define T_LISTS_H

#include "feed/feed.h"
#include "pki.h"

/* ---- the EU gateway's entries (trust-lists, 1.1) ----------------------------------------- */

/*
 * An entry about the certificate as the gateway writes it, of 2021-06-01T12:00:00Z; its
 * signature does not say when it was made.
 */
hp_str lists_item(const char *type, const char *country, const pki_cert *cert,
                  const pki_cert *signer);

/* The same, with any signature. */
hp_str lists_item_of(const char *type, const char *country, const pki_cert *cert, hp_str cms);

/* "[a,b,...]"; the list ends with an empty string. */
hp_str lists_array(const hp_str *items);
#define LISTS_ARRAY(...) lists_array((const hp_str[]){ __VA_ARGS__, { NULL, 0 } })

/* ---- archives ------------------------------------------------------------------------------- */

typedef struct {
    const char *name;
    hp_str content;
    const char *link; /* where it leads to; NULL: a file, or a folder when its name ends in / */
} lists_file;

/* options as libarchive's archive_write_set_options() takes them, NULL for none. */
hp_str lists_zip(const lists_file *files, size_t n, const char *options);

/* A tar archive in gzip. */
hp_str lists_tar(const lists_file *files, size_t n);

/* ---- imports -------------------------------------------------------------------- */

/* What came of it: the latest import's, until the next one. */
typedef struct {
    const char *why; /* "" when the list was taken */
    hp_records records;
    hp_source source; /* all zero when the list was refused */
    char skipped[256]; /* "kid:which key-kind:which ...": whatever was told of */
} lists_result;

/* Runs the feed over the files, with the terms as they are; signature: path NULL for none. */
const lists_result *lists_import(const hp_feed *feed, const hp_feed_terms *terms,
                                 const hp_feed_input *input);

/* The same for one file without a signature beside it. */
const lists_result *lists_import_one(const hp_feed *feed, const hp_feed_terms *terms, hp_str file);

/* The signer's record of the certificate; NULL when it was not taken. */
const hp_record *lists_find(const lists_result *result, const pki_cert *cert);

/* Frees what the latest import left. */
void lists_end(void);

#endif
