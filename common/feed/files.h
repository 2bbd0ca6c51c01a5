/*
 * Lists that come as many small files, or as a folder of them (2d-doc, 5; vds-nc, 4): what a
 * file is stands in its name.
 */
#ifndef HP_FEED_FILES_H
#define HP_FEED_FILES_H

#include "feed/feed.h"

typedef struct {
    hp_feed_file *all; /* none of them a folder */
    size_t n;
    size_t bytes;      /* of all of them together */
    hp_records memory; /* what was read from folders */
} hp_feed_files;

/*
 * Gathers the files of the input, those of folders in the order of their names.  Folders in
 * folders, names that begin with a dot, and those that wanted() declines are left alone.
 * Together they have at most HP_FEED_MAX bytes.  Files in folders must be the operator's
 * (HP_FILE_OWNED) but for a check by hand.  The source's digest is of all of them.  False with
 * *error.
 */
bool hp_feed_files_open(hp_import *import, const hp_feed_input *input,
                        bool (*wanted)(const char *name), hp_feed_files *files,
                        hp_error *error);
void hp_feed_files_close(hp_feed_files *files);

/* The path's last part. */
const char *hp_feed_name(const char *path);

/* Does the name end so?  Letters of either case. */
bool hp_feed_ends(const char *name, const char *ending);

/* Is the file, or one in the folder, called so? */
bool hp_feed_has(const hp_feed_file *file, bool (*called)(const char *name));

/*
 * Gives each certificate of a file to each(): one in DER, or those of a PEM text.  False only
 * when each() says so; *readable tells whether there is one, and nothing but certificates.
 */
bool hp_feed_certs(const hp_feed_file *file, bool (*each)(void *context, hp_str der),
                   void *context, bool *readable);

#endif
