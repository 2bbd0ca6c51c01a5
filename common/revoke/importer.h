/*
 * Importers of revocation lists: each published form is one row and one file; linked into
 * healthpassctl only.
 *
 * An importer reads files that lie on the disk, whoever fetched them, verifies what can be
 * verified, and puts batches, entries and filters into a builder.  A list is taken whole or not
 * at all.  Plain identifiers are hashed at once; they are written nowhere.
 */
#ifndef HP_REVOKE_IMPORTER_H
#define HP_REVOKE_IMPORTER_H

#include "codec/json.h"
#include "crypto/pin.h"
#include "revoke/builder.h"

/* What became of a list. */
typedef struct {
    uint64_t entries;  /* keys that it put in */
    uint64_t filtered; /* keys in its filters, as they say */
    uint64_t removed;  /* keys that it took out by name */
    uint32_t batches;  /* new ones; a filter has one of its own */
    uint32_t kept;     /* batches that were there, and stay */
    uint32_t gone;     /* batches that were there, and go */
    uint32_t ended;    /* batches and filters that say nothing any more: left out */
} hp_revoke_counts;

typedef struct {
    hp_crypto *crypto;
    double now;                 /* seconds since 1970 UTC */
    const char *const *paths;   /* files and folders, as the operator named them */
    size_t n_paths;
    const hp_str *signers;      /* DER certificates that may sign; who else does is refused */
    size_t n_signers;
    bool unsigned_ok;           /* this form may come unsigned, said by name */
    bool delta;                 /* what the source had stays, and this changes it */
    double since;               /* delta: when the list that it changes was taken in; 0: whenever */
    bool allow_older;           /* the operator's word against a list of the past */
    bool allow_fewer;           /* and against one that shrank, or is empty */
    const char *issuer;         /* SHC: whose list it is */
    hp_listed_kind kind;        /* plain lists: of which keys */
    bool plain;                 /* plain lists: they hold UCIs, not hashes */
    double until;               /* plain lists: the end of all; HP_TIME_LAST: none */
    const hp_index *old;        /* the index so far; NULL: there is none */
    const hp_source *before;    /* this source in it; NULL: it is new */
    hp_builder *builder;        /* keeps all other sources already; with delta this one too, and
                                   for rows with HP_REVOKE_STAYS always */
    unsigned nth;               /* this source's number in the builder */
    hp_source *source;          /* to be filled: issued, dated, signer ... */
    void (*told)(void *context, const char *what); /* warns of a list that is taken all the same;
                                                      may be NULL */
    void *context;
    hp_revoke_counts counts;    /* to be filled */
    bool fault;                 /* set where a failure is our side's: a file, the disk, memory */
} hp_revoke_job;

/* What a row looks at, of what an operator may say; anything else said to it is refused. */
#define HP_REVOKE_SIGNERS 1u
#define HP_REVOKE_DELTA   2u
#define HP_REVOKE_ISSUER  4u
#define HP_REVOKE_KIND    8u

#define HP_REVOKE_OLDER  16u /* allow_older: such a list has a time, or a number that grows */

/* It says itself which batches of the source stay, and drops the others. */
#define HP_REVOKE_STAYS  32u

typedef struct {
    const char *name;    /* "gateway", as typed after --from */
    const char *summary; /* for the help */
    unsigned heeds;      /* HP_REVOKE_ bits */
    bool needs_unsigned; /* has no signature at all: must be allowed by name */
    /* False with *error: refused whole, and nothing of the index changes. */
    bool (*read)(hp_revoke_job *job, hp_error *error);
} hp_revoke_importer;

/* All rows, ended by NULL. */
extern const hp_revoke_importer *const hp_revoke_importers[];
const hp_revoke_importer *hp_revoke_find(const char *name);

/*
 * May the text be a UCI as a plain list has it?  What is none would be hashed all the same, and
 * match no pass: blanks around it, control characters, and the mark that editors put before the
 * first line.
 */
#define HP_REVOKE_UCI_MAX 128 /* bytes; a UCI has at most 80 characters (hcert, 3.3.1) */
bool hp_revoke_is_uci(hp_str text);

/*
 * Puts one list of SMART Health Cards, which stands in another file, for job->issuer: no other list
 * of the source is asked.  path is for errors.  False with *error: it cannot be used, and nothing
 * was put in, or there was a fault of ours (job->fault).
 */
bool hp_revoke_shc_put(hp_revoke_job *job, hp_json *list, const char *path, hp_error *error);

/* Rows of it. */
extern const hp_revoke_importer hp_revoke_gateway, hp_revoke_slices, hp_revoke_shc, hp_revoke_list;

#endif
