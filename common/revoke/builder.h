/*
 * Builds a revocation index (check/index.h) from sources in any mix, in bounded memory.
 *
 * Entries that come in are sorted in runs of the memory that was granted, which go to
 * temporary files beside the index; writing merges the runs and the older index in one
 * sequential pass, without sorting again what was sorted.  The index at path is the old one until
 * the rename, and then the new one, whole and on the disk.
 *
 * A build that is killed leaves nothing where the file system makes files without names; else, or
 * when it was reading the new index back, PATH.new, which the next build takes away.
 */
#ifndef HP_REVOKE_BUILDER_H
#define HP_REVOKE_BUILDER_H

#include "check/index.h"

/*
 * Bytes for entries, where nobody says otherwise (never less than 64 KiB; merging takes at least
 * 4 KiB for each run).  On top of them come the directory of at most 64 MiB and what is known of
 * batches and filters: at most 200 bytes for each.
 */
#define HP_BUILDER_MEMORY (256u << 20)

typedef struct hp_builder hp_builder;

/*
 * For the index at path, whose folder takes the temporary files: 20 bytes for each entry that is
 * added, beside the new index itself.  It holds PATH.lock until its end; NULL with *error also
 * when somebody else still does after two seconds.  So open the older index after this, or it may
 * be replaced meanwhile.
 */
hp_builder *hp_builder_new(hp_crypto *crypto, const char *path, size_t memory, hp_error *error);

/* Gives up what was not written; no file of ours is left.  NULL does no harm. */
void hp_builder_free(hp_builder *builder);

/*
 * Each takes a copy and tells the number of what it added.  False with *error, and nothing is
 * added.  In a source, entries and keys are counted by the builder.
 */
bool hp_builder_source(hp_builder *builder, const hp_source *source, unsigned *nth,
                       hp_error *error);
bool hp_builder_batch(hp_builder *builder, const hp_batch *batch, uint32_t *nth, hp_error *error);

/* Adds a key to a batch.  The same key twice in one batch counts once. */
bool hp_builder_put(hp_builder *builder, uint32_t batch, const uint8_t key[HP_LISTED],
                    hp_error *error);

/*
 * Takes a key out that the older index holds for the source of batch, of that kind, in whatever
 * batch; what is added now stays.  It also holds when batch itself is dropped later.
 */
bool hp_builder_drop(hp_builder *builder, uint32_t batch, const uint8_t key[HP_LISTED],
                     hp_error *error);

/* Adds a filter; a copy is taken. */
bool hp_builder_slice(hp_builder *builder, const hp_slice *slice, hp_error *error);

/*
 * The older index, once and before anything is added: its sources that keeps() wants (NULL: all)
 * go along with those of their batches that have not ended by now.  Kept sources and batches get
 * the first numbers, in their old order.  All of it is read (hp_index_check): one that is damaged
 * is refused.  The index must stay open until the writing.
 */
bool hp_builder_keep(hp_builder *builder, const hp_index *old,
                     bool (*keeps)(void *context, const hp_source *source), void *context,
                     double now, hp_error *error);

/* The batches so far, kept ones too; one that is dropped loses all its entries and filters. */
uint32_t hp_builder_batches(const hp_builder *builder);
const hp_batch *hp_builder_batch_at(const hp_builder *builder, uint32_t nth);
void hp_builder_batch_drop(hp_builder *builder, uint32_t nth);

/* What is known of a kept or new source may be written over before the writing. */
hp_source *hp_builder_source_at(hp_builder *builder, unsigned nth);
size_t hp_builder_sources(const hp_builder *builder);

/*
 * Merges and replaces the index: written, read back (hp_index_check), flushed, renamed, the
 * folder flushed.  Mode and owner are those of the index that it replaces, else 0640 and the
 * folder's group, if this user may give it.  False with *error, and the index at path is what it
 * was; false also when only the folder's own entry may not have reached the disk, which *error
 * says.  Batches that have ended by made stay out.  Nothing is added afterwards.
 */
bool hp_builder_write(hp_builder *builder, double made, hp_error *error);

#endif
