/*
 * The revocation index as `healthpassctl revoke build` keeps it: lists go in whole, one by one,
 * and whoever reads it meanwhile sees the old index or the new one.
 *
 * A list is taken in here only, so that what it must not do without the operator's word stands in
 * one place: come unsigned, be older than the one that is there (its importer sees to that), be
 * of another kind, or shrink to less than half.  Each would let withdrawn passes in.
 */
#ifndef HP_CLI_REVOKE_TAKE_H
#define HP_CLI_REVOKE_TAKE_H

#include "cli/trust.h"
#include "revoke/importer.h"

/* Which list, and where to. */
typedef struct {
    const char *index;
    const hp_revoke_importer *row;
    const char *name; /* of the source in the index */
    double max_age;   /* seconds, where stricter than the policy; 0: the policy's */
    size_t memory;    /* bytes for sorting */
} hp_revoke_place;

/*
 * Lets a list take the place of the source of the same name, or change it (job->delta), in the
 * index, which is made if it is not there; all other sources stay.  job has what the operator
 * said, and has its counts afterwards; what builds the index in it is filled in and ended here.
 * On HP_TOOK_REFUSED and HP_TOOK_FAULT *error says why, and the index is what it was; but for a
 * fault where only the folder's own entry may not have reached the disk.
 */
hp_took hp_revoke_take(const hp_revoke_place *place, hp_revoke_job *job, hp_error *error);

/* Takes the source of that name out; to have none is HP_TOOK_REFUSED. */
hp_took hp_revoke_remove(hp_crypto *crypto, const char *index, const char *name, double now,
                         hp_error *error);

#endif
