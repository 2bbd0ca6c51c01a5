/* The deny list as a file; see deny_file.h. */
#include "cli/deny_file.h"

#include "base/file.h"
#include "cli/cli.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#define DENY_MODE 0640 /* gates read it, strangers do not: hashes are somebody's data, too */
#define LOCK_WAIT 10.0 /* seconds */

/* ---- blocks -------------------------------------------------------------------------------- */

bool
hp_blocks_put(hp_blocks *blocks, const hp_block *block)
{
    size_t room = blocks->room == 0 ? 64 : 2 * blocks->room;
    hp_block *more;

    if (blocks->n == blocks->room) {
        more = reallocarray(blocks->all, room, sizeof(*more));
        if (more == NULL)
            return false;
        blocks->all = more;
        blocks->room = room;
    }
    blocks->all[blocks->n++] = *block;
    return true;
}

bool
hp_blocks_take(hp_blocks *blocks, const hp_deny *deny)
{
    size_t i = 0;

    while (i < hp_deny_count(deny) && hp_blocks_put(blocks, hp_deny_at(deny, i)))
        i++;
    return i == hp_deny_count(deny);
}

void
hp_blocks_free(hp_blocks *blocks)
{
    free(blocks->all);
    *blocks = (hp_blocks){ NULL, 0, 0 };
}

bool
hp_block_same(const hp_block *one, const hp_block *other)
{
    return one->kind == other->kind && one->length == other->length &&
           memcmp(one->hash, other->hash, HP_LISTED) == 0;
}

/* ---- reading ------------------------------------------------------------------------------- */

hp_deny *
hp_deny_file_read(const char *path, unsigned must, hp_error *error)
{
    hp_bytes text;
    hp_deny *deny;

    if (!hp_file_read(path, must, HP_DENY_MAX, &text, NULL, error))
        return NULL;
    deny = hp_deny_read(path, (hp_str){ text.p, text.n }, error);
    hp_bytes_free(&text);
    return deny;
}

static bool
take_blocks(hp_deny_file *file, const hp_deny *deny, hp_error *error)
{
    if (hp_blocks_take(&file->blocks, deny))
        return true;
    hp_error_set(error, "%s: no memory", file->lock.path);
    return false;
}

static bool
read_list(hp_deny_file *file, hp_error *error)
{
    struct stat st;
    hp_deny *deny;
    bool good;

    file->is_new = lstat(file->lock.path, &st) != 0 && errno == ENOENT;
    if (file->is_new)
        return true;
    deny = hp_deny_file_read(file->lock.path, HP_FILE_OWNED, error);
    good = deny != NULL && take_blocks(file, deny, error);
    hp_deny_free(deny);
    return good;
}

bool
hp_deny_file_open(hp_deny_file *file, const char *path, hp_error *error)
{
    *file = (hp_deny_file){ .is_new = false };
    if (!hp_lock_take(&file->lock, path, LOCK_WAIT, error))
        return false;
    if (read_list(file, error))
        return true;
    hp_deny_file_close(file);
    return false;
}

void
hp_deny_file_close(hp_deny_file *file)
{
    hp_blocks_free(&file->blocks);
    hp_lock_drop(&file->lock);
}

/* ---- writing ------------------------------------------------------------------------------- */

/* p is NULL when memory ran out. */
static hp_bytes
text_of(const hp_blocks *blocks, double now)
{
    const size_t head = sizeof(HP_DENY_HEAD) - 1;
    hp_bytes text = { malloc(head + blocks->n * HP_DENY_LINE + 1), head };
    size_t i;

    if (text.p == NULL)
        return text;
    memcpy(text.p, HP_DENY_HEAD, head);
    for (i = 0; i < blocks->n; i++) {
        if (blocks->all[i].until > now)
            text.n += hp_deny_write(&blocks->all[i], (char *)text.p + text.n);
    }
    return text;
}

/* Gates would keep the list that they have, and whoever wrote this would take it for in force. */
static bool
is_readable(const char *path, hp_str text, hp_error *error)
{
    hp_error why;
    hp_deny *deny = hp_deny_read("the new list", text, &why);

    if (deny == NULL)
        hp_error_set(error, "%s: nothing is changed, for no gate could read it: %s", path,
                     why.text);
    hp_deny_free(deny);
    return deny != NULL;
}

bool
hp_blocks_text(const hp_blocks *blocks, const char *where, double now, hp_bytes *text,
               hp_error *error)
{
    *text = text_of(blocks, now);
    if (text->p == NULL) {
        hp_error_set(error, "%s: no memory", where);
        return false;
    }
    if (is_readable(where, (hp_str){ text->p, text->n }, error))
        return true;
    hp_bytes_free(text);
    return false;
}

static bool
replace(const char *path, const hp_bytes *text, hp_error *error)
{
    if (hp_cli_renew(path, DENY_MODE, text->p, text->n))
        return true;
    hp_error_set(error, "%s: cannot be replaced, and is what it was: %s", path, strerror(errno));
    return false;
}

bool
hp_deny_file_write(hp_deny_file *file, double now, hp_error *error)
{
    const char *path = file->lock.path;
    hp_bytes text;
    bool good;

    if (!hp_blocks_text(&file->blocks, path, now, &text, error))
        return false;
    good = replace(path, &text, error) && hp_lock_flush(&file->lock, error);
    hp_bytes_free(&text);
    return good;
}
