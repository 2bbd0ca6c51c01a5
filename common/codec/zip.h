/*
 * ZIP archives, and tar archives in gzip, held in memory, bounded: the only door to libarchive.
 *
 * Nothing is ever written to a disk, yet a name that would be dangerous there is refused: the
 * archive is then not what it claims to be.
 */
#ifndef HP_CODEC_ZIP_H
#define HP_CODEC_ZIP_H

#include "base/error.h"
#include "base/str.h"

#define HP_ZIP_NAME 255 /* bytes of the longest name */

typedef struct {
    size_t file;    /* bytes of one file */
    size_t all;     /* bytes of all files */
    size_t entries; /* files and folders */
} hp_zip_caps;

/* Takes one file; false with *error ends the walk. */
typedef bool hp_zip_file(void *context, const char *name, hp_str content, hp_error *error);

/* Does it begin as an archive with something in it does?  As anything in gzip does? */
bool hp_zip_is(hp_str bytes);
bool hp_tar_is(hp_str bytes);

/*
 * Gives each file of the archive to take, in the archive's order; folders are passed over.
 * False with *error when anything in it is not as it must be: damaged, over the caps,
 * encrypted, neither stored nor deflated, a link, a name that is absolute, doubled, or has "..",
 * a backslash (where it does not stand for a slash) or anything but printable ASCII in it.
 * Files may have been taken by then.
 */
bool hp_zip_walk(hp_str bytes, const hp_zip_caps *caps, hp_zip_file *take, void *context,
                 hp_error *error);

/* The same for a tar archive in gzip; a name may begin with "./". */
bool hp_tar_walk(hp_str bytes, const hp_zip_caps *caps, hp_zip_file *take, void *context,
                 hp_error *error);

#endif
