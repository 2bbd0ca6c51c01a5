/*
 * Lists of withdrawn passes in published trust lists; see trusting.h.
 *
 * They become an index of this run, in a folder of its own that is gone once it is mapped: so they
 * are asked in the one way in which a gate asks.
 */
#include "cli/trusting.h"

#include "base/time.h"
#include "codec/json.h"
#include "feed/feed.h"
#include "policy/policy.h"
#include "revoke/importer.h"

#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#define ISS_MAX 256         /* bytes of an issuer's address, closing zero included */
#define MEMORY  (1u << 20)  /* bytes for entries */
#define FOLDER  "/healthpassctl.XXXXXX"

typedef struct {
    const hp_cli_command *self;
    hp_revoke_job job;
    char issuer[ISS_MAX];
    size_t lists; /* that were taken */
    hp_error *error;
} taker;

/* ---- one file -------------------------------------------------------------- */

static void
warn(void *context, const char *what)
{
    const taker *t = context;

    hp_cli_say(t->self, 0, "warning: issuer %s: its list of withdrawn passes: %s", t->issuer, what);
}

static bool
take_list(taker *t, hp_json *list, const char *path)
{
    hp_error why = { "" };

    if (hp_revoke_shc_put(&t->job, list, path, &why)) {
        t->lists++;
        return true;
    }
    if (t->job.fault) {
        *t->error = why;
        return false;
    }
    hp_cli_say(t->self, 0, "warning: issuer %s: its list of withdrawn passes is left out: %s",
               t->job.issuer, why.text);
    return true;
}

static bool
take_issuer(taker *t, const hp_json *info, const char *path)
{
    hp_str iss = hp_json_text(hp_json_get(hp_json_get(info, "issuer"), "iss"));
    const hp_json *lists = hp_json_get(info, "crls");
    size_t i, n = hp_json_count(lists);

    if (iss.p == NULL || iss.n >= sizeof(t->issuer))
        return true;
    memcpy(t->issuer, iss.p, iss.n);
    t->issuer[iss.n] = '\0';
    t->job.issuer = t->issuer;
    for (i = 0; i < n; i++) {
        if (!take_list(t, hp_json_at(lists, i), path))
            return false;
    }
    return true;
}

/* What is no snapshot, or cannot be read, has been told of where keys were looked for. */
static bool
take_file(taker *t, const char *path)
{
    hp_feed_file file = { .path = path };
    hp_json *json = NULL, *issuers;
    bool good = true;
    hp_bytes bytes;
    size_t i;

    if (!hp_file_read(path, 0, HP_FEED_MAX, &bytes, NULL, NULL))
        return true;
    file.bytes = (hp_str){ bytes.p, bytes.n };
    if (hp_feed_of(&file) == &hp_feed_vci)
        json = hp_json_load_list(file.bytes, HP_FEED_MAX, t->error);
    issuers = hp_json_get(json, "issuerInfo");
    for (i = 0; good && i < hp_json_count(issuers); i++)
        good = take_issuer(t, hp_json_at(issuers, i), path);
    hp_json_free(json);
    hp_bytes_free(&bytes);
    return good;
}

/* ---- the index ------------------------------------------------------------- */

static bool
take_all(taker *t, const hp_cli_texts *paths)
{
    hp_source source = { .name = "crls", .feed = "shc", .fetched = t->job.now };
    size_t i;

    if (!hp_builder_source(t->job.builder, &source, &t->job.nth, t->error))
        return false;
    for (i = 0; i < paths->n; i++) {
        if (!take_file(t, paths->text[i]))
            return false;
    }
    return t->lists == 0 || hp_builder_write(t->job.builder, t->job.now, t->error);
}

static bool
map(taker *t, hp_policy *policy, const char *path)
{
    hp_revocation *r = &policy->lists.revocation;
    hp_stamp stamp;
    hp_index *index;

    if (t->lists == 0)
        return true;
    index = hp_index_open(policy->crypto, path, 0, &stamp, t->error);
    if (index != NULL)
        r->indexes[r->n++] = index;
    return index != NULL;
}

/* The builder's lock goes with it. */
static void
remove_index(const char *folder, const char *path)
{
    char lock[PATH_MAX];

    (void)snprintf(lock, sizeof(lock), "%s.lock", path);
    (void)unlink(path);
    (void)unlink(lock);
    (void)rmdir(folder);
}

bool
hp_trusting_withdrawn(const hp_cli_command *self, hp_policy *policy, const hp_cli_texts *paths,
                      hp_error *error)
{
    const char *tmp = getenv("TMPDIR");
    taker t = { .self = self, .error = error };
    char folder[PATH_MAX - 32], path[PATH_MAX - 16];
    bool good;

    (void)snprintf(folder, sizeof(folder), "%s" FOLDER, tmp != NULL ? tmp : "/tmp");
    if (mkdtemp(folder) == NULL) {
        hp_error_set(error, "%s: cannot be made", folder);
        return false;
    }
    (void)snprintf(path, sizeof(path), "%s/index", folder);
    t.job = (hp_revoke_job){ .crypto = policy->crypto, .now = hp_cli_now(), .told = warn,
                             .context = &t,
                             .builder = hp_builder_new(policy->crypto, path, MEMORY, error) };
    good = t.job.builder != NULL && take_all(&t, paths);
    hp_builder_free(t.job.builder);
    good = good && map(&t, policy, path);
    remove_index(folder, path);
    return good;
}
