/* Takes lists of withdrawn passes for tests; see revoker.h. */
#include "revoker.h"

#include "alloc.h"
#include "index.h"
#include "maker.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SIGNERS (sizeof(((revoker *)NULL)->signers) / sizeof(hp_str))

static void
check(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "revoker: %s\n", what);
    exit(1);
}

void
revoker_start(revoker *one, const char *kind)
{
    static hp_crypto *crypto; /* one for all: it is what takes time */
    static unsigned n;

    if (crypto == NULL)
        crypto = hp_crypto_new();
    *one = (revoker){ .crypto = crypto };
    one->place = (hp_revoke_place){ .row = hp_revoke_find(kind), .name = "test",
                                    .memory = (size_t)1 << 20 };
    one->place.index = strdup(maker_c_string(maker_print("%s/index%u", maker_folder(), n++)));
    one->job = (hp_revoke_job){ .crypto = one->crypto, .now = REVOKER_NOW, .signers = one->signers,
                                .until = HP_TIME_LAST };
    check(one->crypto != NULL && one->place.row != NULL && one->place.index != NULL, "no start");
    one->job.unsigned_ok = one->place.row->needs_unsigned;
}

void
revoker_end(revoker *one)
{
    hp_index_close(one->index);
    (void)unlink(one->place.index);
    free((void *)(uintptr_t)one->place.index);
}

void
revoker_pin(revoker *one, const pki_cert *cert)
{
    check(one->job.n_signers < SIGNERS, "too many pins");
    one->signers[one->job.n_signers++] = pki_der(cert);
}

/* The index as it is now. */
static hp_bytes
bytes_of(const revoker *one)
{
    hp_bytes bytes;

    (void)hp_file_read(one->place.index, 0, (size_t)64 << 20, &bytes, NULL, NULL);
    return bytes;
}

hp_took
revoker_run(revoker *one, const char *const *paths)
{
    hp_bytes before = bytes_of(one), after;
    hp_error why = { "" };
    hp_took took;

    for (one->job.n_paths = 0; paths[one->job.n_paths] != NULL;)
        one->job.n_paths++;
    one->job.paths = paths;
    took = hp_revoke_take(&one->place, &one->job, &why);
    if (took == HP_TOOK)
        why.text[0] = '\0';
    else {
        after = bytes_of(one);
        check(hp_str_eq((hp_str){ after.p, after.n }, (hp_str){ before.p, before.n }),
              "a list that was not taken changed the index");
        hp_bytes_free(&after);
    }
    hp_bytes_free(&before);
    one->error = why;
    hp_index_close(one->index);
    one->index = hp_index_open(one->crypto, one->place.index, 0, NULL, &why);
    check(took != HP_TOOK || one->index != NULL, "what was built cannot be opened");
    return took;
}

hp_index_answer
revoker_asks(const revoker *one, hp_listed_kind kind, const uint8_t *key, const uint8_t *kid,
             double made, hp_batch *hit)
{
    static const uint8_t any[HP_KID] = { 0xaa };
    hp_query query = { .n = 1, .kid = { kid != NULL ? kid : any, HP_KID }, .made = made };
    hp_batch ignored;

    query.keys[0].kind = kind;
    memcpy(query.keys[0].hash, key, HP_LISTED);
    return index_find(one->crypto, one->index, &query, one->job.now,
                         hit != NULL ? hit : &ignored);
}

const uint8_t *
revoker_key(unsigned n)
{
    return pki_sha256(maker_print("key %u", n)).p;
}

bool
revoker_said(const revoker *one, hp_took took, hp_took want, const char *word)
{
    if (took == want && strstr(one->error.text, word) != NULL)
        return true;
    printf("# %d, expected %d and '%s': %s\n", took, want, word, one->error.text);
    return false;
}

void
revoker_starve(revoker *one, const char *const *paths)
{
    hp_took took = HP_TOOK_FAULT;
    size_t n;

    for (n = 1; took != HP_TOOK; n++) {
        hp_error why = { "" };

        one->job.paths = paths;
        for (one->job.n_paths = 0; paths[one->job.n_paths] != NULL;)
            one->job.n_paths++;
        alloc_start(n);
        took = hp_revoke_take(&one->place, &one->job, &why);
        alloc_start(0);
        check(took == HP_TOOK || (why.text[0] != '\0' && n < 2000), "without memory, no word");
    }
    check(n > 10, "nothing was allocated");
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)kind;
    (void)at;
    return remove(path);
}

void
revoker_clear(const char *name)
{
    (void)nftw(maker_c_string(maker_print("%s/%s", maker_folder(), name)), remove_one, 8,
               FTW_DEPTH | FTW_PHYS);
}
