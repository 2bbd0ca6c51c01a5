/*
 * What trust_load.c, which walks through a trust folder, trust_manifest.c, which knows what the
 * folder is meant to hold, trust_twod.c and trust_csca.c, which know 2D-DOC and VDS-NC, share;
 * nobody else includes this.
 */
#ifndef HP_CHECK_TRUST_LOADER_H
#define HP_CHECK_TRUST_LOADER_H

#include "check/trust_list.h"
#include "check/twod.h"
#include "crypto/crl.h"

#define HP_LOADER_FILE_MAX  (16u << 20) /* bytes of one file (trust-lists, 0) */
#define HP_LOADER_NO_SOURCE HP_SOURCES_MAX

typedef struct {
    hp_trust *trust;
    const char *top;  /* the path that was given */
    const char *root; /* resolved: links in it must not lead out of it */
    unsigned must;
    hp_watch *watch;
    hp_error *error;
    unsigned *source;      /* of what is loaded here; HP_LOADER_NO_SOURCE: not made yet */
    hp_manifest *manifest; /* NULL: there is none */
} hp_loader;

/* "PATH: what"; always false. */
static inline bool
refuse(const hp_loader *l, const char *path, const char *what)
{
    hp_error_set(l->error, "%s: %s", path, what);
    return false;
}

/* Is this, resolved, inside the folder that was given? */
bool hp_loader_is_inside(const hp_loader *l, const char *real);

/*
 * The folder's or file's own source: made with its MANIFEST, or else with its first key.  NULL:
 * there are too many, or there is no memory.
 */
hp_source *hp_loader_source(const hp_loader *l);

/* Adds a key: kid, spki and cert are copied.  Whether it can be read is known now. */
bool hp_loader_put(const hp_loader *l, const char *path, hp_record *r);

/*
 * An authority of 2D-DOC, or all of VDS-NC in a folder: their certificates, and what they took
 * back.  Empty is all zero.
 */
typedef struct {
    hp_authorities certs;
    hp_crl **crls;
    size_t n_crls;
} hp_loader_ac;

void hp_loader_ac_free(hp_loader_ac *ac);

/* A file of it.  The certificate is taken over. */
bool hp_loader_add_crl(const hp_loader *l, const char *path, hp_loader_ac *ac, hp_str der);
bool hp_loader_add_twod_key(const hp_loader *l, const char *path, hp_str spki);
bool hp_loader_add_twod_cert(const hp_loader *l, const char *path, hp_twod_file kind,
                             hp_loader_ac *ac, hp_cert *cert);

/*
 * Authorities of VDS-NC, and their CRLs: what a name says, and a file of each.  The certificate is
 * taken over.
 */
bool hp_loader_is_csca(const char *name);
bool hp_loader_is_csca_crl(const char *name);
bool hp_loader_add_csca(const hp_loader *l, const char *path, hp_loader_ac *ac, hp_str der,
                        hp_cert *cert);
bool hp_loader_add_csca_crl(const hp_loader *l, const char *path, hp_loader_ac *ac, hp_str der);

/*
 * Reads the folder's MANIFEST into l->manifest, its signature first, and notes what it says of
 * the folder.  Where there is none, and need be none, l->manifest stays NULL.  On true both text
 * and manifest are the caller's to free.
 */
bool hp_loader_open_manifest(hp_loader *l, hp_bytes *text, hp_manifest *manifest);

/* Is the file what MANIFEST says?  Where one is required, what it does not list is left out. */
bool hp_loader_is_listed(const hp_loader *l, const char *path, hp_str bytes, bool *left_out);

/* Are the files that are listed, and were not met on the way, what MANIFEST says? */
bool hp_loader_check_others(const hp_loader *l);

#endif
