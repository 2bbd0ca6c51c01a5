/*
 * What a revocation index holds, told to people and to scripts: by `revoke build` of the list
 * that came in, by `revoke status` of all.
 */
#ifndef HP_CLI_REVOKE_REPORT_H
#define HP_CLI_REVOKE_REPORT_H

#include <stdio.h>

#include "check/index.h"
#include "codec/json.h"

/* Ages that lists are measured against (revocation, 6.4), where no policy says others. */
#define HP_REVOKED_WARN (24 * 3600.0)
#define HP_REVOKED_MAX  (48 * 3600.0)

/* One source, a line a fact, as of now. */
void hp_revoke_report(const hp_index *index, size_t nth, double now, FILE *to);

/* The same as an object, whose members are an interface.  NULL: no memory. */
hp_json *hp_revoke_report_json(const hp_index *index, size_t nth, double now);

/* An index as a whole, at that path: when it was made, and how much is in it. */
void hp_revoke_report_head(const char *path, const hp_index *index, double now, FILE *to);
hp_json *hp_revoke_report_head_json(const char *path, const hp_index *index, double now);

/* How many batches and filters of a source say something at now, and until when. */
typedef struct {
    uint32_t batches, filters;
    double end; /* of the last batch; HP_TIME_LAST: never; 0: there is none */
} hp_revoke_content;

hp_revoke_content hp_revoke_content_of(const hp_index *index, size_t nth, double now);

#endif
