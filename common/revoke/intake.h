/*
 * What the importers of revocation lists share: files of a list, batches, and what is said when
 * something is wrong.
 */
#ifndef HP_REVOKE_INTAKE_H
#define HP_REVOKE_INTAKE_H

#include "codec/json.h"
#include "revoke/importer.h"

/* ---- complaints, which are always false ------------------------------------------------- */

/* "PATH: what", and the list is refused. */
bool hp_intake_refuse(hp_error *error, const char *path, const char *what);

/* No failure of the list: no memory. */
bool hp_intake_no_memory(hp_revoke_job *job, hp_error *error);

/* ---- files ------------------------------------------------------------------------------- */

#define HP_INTAKE_FILES_MAX (1u << 20) /* files of one list */
#define HP_INTAKE_DEPTH     8          /* folders inside one another */

typedef struct {
    char *path;
    const char *name; /* its last part */
    bool inside;      /* of a folder, not named by the operator: must be the operator's own */
} hp_intake_file;

/* Sorted by name as bytes, then by path.  No files are all zero. */
typedef struct {
    hp_intake_file *all;
    size_t n, room;
} hp_intake_files;

/*
 * Adds the file at path or, of a folder, the files in it and in folders in it, depth levels of
 * them; names that begin with a dot and links to folders are left alone.  False with *error.  In
 * any case files is to be ended.
 */
bool hp_intake_files_add(hp_revoke_job *job, const char *path, unsigned depth,
                         hp_intake_files *files, hp_error *error);
void hp_intake_files_sort(hp_intake_files *files);
void hp_intake_files_free(hp_intake_files *files);

/* Reads one.  What is longer than max is the list's failure, anything else is ours. */
bool hp_intake_file_read(hp_revoke_job *job, const hp_intake_file *file, size_t max,
                         hp_bytes *bytes, hp_error *error);

/* The same, and then as JSON; the file's name stands before what is wrong in it. */
hp_json *hp_intake_file_json(hp_revoke_job *job, const hp_intake_file *file, size_t max,
                             hp_error *error);

/* ---- members of JSON --------------------------------------------------------------------- */

/* A date-time of a Java service: RFC 3339, or without seconds.  False when it is none. */
bool hp_intake_time(const hp_json *json, double *t);

/* A kid in Base64; *any for UNKNOWN_KID, which stands for all, and kid is zero then. */
bool hp_intake_kid(const hp_json *json, uint8_t kid[HP_KID], bool *any);

/* SIGNATURE, UCI, COUNTRYCODEUCI. */
bool hp_intake_kind(const hp_json *json, hp_listed_kind *kind);

/* The index's own form of what is listed: the first 16 bytes of a SHA-256 over the parts. */
bool hp_intake_hash16(hp_revoke_job *job, const hp_str *parts, size_t n,
                      uint8_t key[HP_LISTED], hp_error *error);

/* ---- what goes into the builder ---------------------------------------------------------- */

/* A batch of the job's source without end, country and kid. */
hp_batch hp_intake_batch(const hp_revoke_job *job, hp_listed_kind kind, const char *id);

/* As the builder's own, and what fails there is our failure; entries are counted. */
bool hp_intake_add(hp_revoke_job *job, const hp_batch *batch, uint32_t *nth, hp_error *error);
bool hp_intake_put(hp_revoke_job *job, uint32_t batch, const uint8_t key[HP_LISTED],
                   hp_error *error);

/* Drops the batches of the source that the builder kept, but for those that stay. */
void hp_intake_keep(hp_revoke_job *job, bool (*stays)(void *context, const hp_batch *batch),
                    void *context);

/*
 * May a list of that time (0: it has none) follow the one that is there?  None may that is of the
 * future, or older without allow_older.  Sets the times of the source: its age counts from now,
 * as none of these lists says when it was asked for.
 */
bool hp_intake_dated(hp_revoke_job *job, double issued, hp_error *error);

#endif
