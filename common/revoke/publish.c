/*
 * The new index is written, read back and put into the old one's place; see builder.h.
 *
 * Until the rename nothing that a gate sees has changed, and whatever fails before it leaves the
 * old index in force.
 */
#include "revoke/builder_parts.h"

#include "base/map.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- what stays out ---------------------------------------------------------------------- */

/* Those that are left get their final numbers, in the same order. */
static uint32_t
number_batches(hp_builder *b, double made)
{
    uint32_t i, n = 0;

    for (i = 0; i < b->n_sources; i++)
        b->sources[i].keys = 0;
    for (i = 0; i < b->n_batches; i++) {
        builder_place *place = &b->places[i];

        place->number = place->dropped || builder_ended(&b->batches[i], made) ? BUILDER_GONE : n++;
        if (place->number != BUILDER_GONE)
            b->sources[place->source].keys++;
    }
    return n;
}

/* As the reader looks for them (index_layout.h); what is equal there, by batch. */
static int
by_place(const void *one, const void *other)
{
    const hp_slice *a = &((const builder_slice *)one)->slice;
    const hp_slice *b = &((const builder_slice *)other)->slice;
    int order = a->any_kid - b->any_kid;

    if (order == 0)
        order = memcmp(a->kid, b->kid, HP_KID);
    if (order == 0)
        order = (a->digits > b->digits) - (a->digits < b->digits);
    if (order == 0)
        order = (a->prefix > b->prefix) - (a->prefix < b->prefix);
    return order != 0 ? order : (a->batch > b->batch) - (a->batch < b->batch);
}

static void
sort_slices(hp_builder *b)
{
    uint32_t i, n = 0;

    for (i = 0; i < b->n_slices; i++) {
        if (b->places[b->slices[i].slice.batch].number != BUILDER_GONE)
            b->slices[n++] = b->slices[i];
    }
    b->n_slices = n;
    if (n > 0)
        qsort(b->slices, n, sizeof(*b->slices), by_place);
}

/* ---- digests ----------------------------------------------------------------------------- */

static bool
digest_of(const hp_builder *b, hp_str part, uint8_t digest[HP_SHA256], hp_error *error)
{
    if (hp_sha256(b->crypto, &part, 1, digest))
        return true;
    hp_error_set(error, "%s: its digest cannot be made", b->path);
    return false;
}

/* Both digests of the header; the mapped file shows the first one as soon as it is written. */
static bool
seal_mapped(const hp_builder *b, int fd, hp_str whole, hp_error *error)
{
    const uint64_t at = INDEX_SIGNED - HP_SHA256;
    uint8_t digest[HP_SHA256];

    if (!digest_of(b, hp_str_from(whole, INDEX_HEADER), digest, error))
        return false;
    if (!builder_write_at(fd, digest, sizeof(digest), at))
        return builder_fail(b, "the new index cannot be written", error);
    return digest_of(b, (hp_str){ whole.p, INDEX_SIGNED }, digest, error) &&
           (builder_write_at(fd, digest, sizeof(digest), INDEX_SIGNED) ||
            builder_fail(b, "the new index cannot be written", error));
}

static bool
seal(const hp_builder *b, int fd, hp_error *error)
{
    hp_map map;
    bool good;

    if (!hp_file_map(b->new_path, 0, &map, NULL, error))
        return false;
    good = seal_mapped(b, fd, (hp_str){ map.p, map.n }, error);
    hp_map_free(&map);
    return good;
}

/* ---- into place -------------------------------------------------------------------------- */

static bool
read_back(const hp_builder *b, hp_error *error)
{
    hp_error why = { "" };
    hp_index *index = hp_index_open(b->crypto, b->new_path, 0, NULL, &why);
    bool good = index != NULL && hp_index_check(b->crypto, index, &why);

    hp_index_close(index);
    if (!good)
        hp_error_set(error, "%s: the new index does not read back as it was written, so nothing "
                     "has changed: %s", b->path, why.text);
    return good;
}

static bool
replace(const hp_builder *b, int fd, hp_error *error)
{
    if (!builder_dress(b, fd))
        return builder_fail(b, "the new index cannot have the old one's mode and owner", error);
    if (fsync(fd) != 0 || rename(b->new_path, b->path) != 0)
        return builder_fail(b, "the new index cannot be put in place", error);
    return hp_lock_flush(&b->lock, error);
}

static bool
publish(hp_builder *b, int fd, double made, hp_error *error)
{
    uint32_t batches = number_batches(b, made);

    sort_slices(b);
    if (!builder_put_all(b, fd, batches, made, error))
        return false;
    if (!builder_name(b, fd))
        return builder_fail(b, "the new index cannot have a name", error);
    return seal(b, fd, error) && read_back(b, error) && replace(b, fd, error);
}

bool
hp_builder_write(hp_builder *b, double made, hp_error *error)
{
    bool good;
    int fd;

    if (b->failed || b->written) {
        hp_error_set(error, "%s: %s", b->path, b->failed
                     ? "cannot be written, because something that was added is lost"
                     : "is written once");
        return false;
    }
    b->written = true;
    if (!builder_end_runs(b, error))
        return false;
    fd = builder_new_file(b);
    if (fd < 0)
        return builder_fail(b, "the new index cannot be made", error);
    good = publish(b, fd, made, error);
    (void)close(fd);
    return good;
}
