/*
 * importer: runs a feed over files that a test made, and keeps what came of it.
 */
#ifndef T_IMPORTER_H
#define T_IMPORTER_H

#include "feed/feed.h"
#include "pki.h"

typedef struct {
    hp_feed_terms terms; /* to be changed before a run */
    hp_pin *pins[4];
    hp_import import;    /* of the last run that was good */
    hp_error error;
    char told[2048];     /* what was left out, "kid of x; " ... */
    bool good;
} importer;

/* Terms of a plain import at MAKER_NOW. */
void importer_start(importer *one);
void importer_end(importer *one);

/* Pins a certificate or key, PEM or DER. */
void importer_pin(importer *one, hp_str file);

/* Runs the feed; the signature (.p NULL: none) is in a file of its own.  The last run's end. */
bool importer_run(importer *one, const hp_feed *feed, const hp_feed_file *files, size_t n,
                  hp_str signature);
bool importer_run_one(importer *one, const hp_feed *feed, hp_str file, hp_str signature);

/* How many entries were left out for that reason. */
unsigned importer_skipped(const importer *one, hp_skip why);

/* The nth record of that role and key id (.p NULL: any); NULL: there is none. */
const hp_record *importer_find(const importer *one, hp_role role, hp_str kid, size_t nth);
size_t importer_count(const importer *one, hp_role role);

#endif
