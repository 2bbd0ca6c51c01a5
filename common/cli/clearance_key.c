/*
 * clearance key: makes the file of keys that clearances and exemptions are signed with, or puts a
 * new key in front of those that are there.
 */
#include "cli/cli.h"

#include "base/file.h"
#include "base/wipe.h"
#include "check/clearance_key.h"

#include <errno.h>
#include <grp.h>
#include <sys/random.h>
#include <unistd.h>

#define DEFAULT       "/etc/healthpass/clearance.key"
#define GROUP_DEFAULT "www-data" /* nginx's workers on Debian */
#define ROOM          (HP_CLEARANCE_KEYS * HP_CLEARANCE_KEY)

typedef struct {
    const char *out, *group;
    bool rotate;
    long keep;
} choices;

static const hp_cli_option options[] = {
    { .name = "-o", .value = "FILE", .kind = HP_CLI_TEXT, .at = offsetof(choices, out),
      .help = "where (" DEFAULT ")" },
    { .name = "--group", .value = "GROUP", .kind = HP_CLI_TEXT, .at = offsetof(choices, group),
      .help = "who may read a new file besides root (" GROUP_DEFAULT ")" },
    { .name = "--rotate", .kind = HP_CLI_FLAG, .at = offsetof(choices, rotate),
      .help = "put a new key in front of those in the file" },
    { .name = "--keep", .value = "N", .kind = HP_CLI_NUMBER, .at = offsetof(choices, keep),
      .min = 1, .max = HP_CLEARANCE_KEYS, .help = "with --rotate: keys in all (2)" },
    { .name = NULL },
};

static int
make(const hp_cli_command *self, const choices *c, const uint8_t key[HP_CLEARANCE_KEY])
{
    const struct group *found = getgrnam(c->group != NULL ? c->group : GROUP_DEFAULT);
    gid_t gid = found != NULL && geteuid() == 0 ? found->gr_gid : (gid_t)-1;
    bool shared = gid != (gid_t)-1;

    if (found == NULL && c->group != NULL)
        return hp_cli_say(self, HP_EXIT_USAGE, "--group %s: there is no such group", c->group);
    if (!hp_cli_make(c->out, shared ? 0640 : 0600, gid, key, HP_CLEARANCE_KEY))
        return hp_cli_say(self, HP_EXIT_FAULT, "%s: %s%s", c->out, strerror(errno),
                          errno == EEXIST ? " (--rotate puts a new key in front)" : "");
    printf("made the file, %s\n", shared ? "0640" : "0600, for its owner alone");
    return HP_EXIT_OK;
}

/* The new one and as many of those before as are kept. */
static int
write_ring(const hp_cli_command *self, const choices *c, hp_str old,
           const uint8_t key[HP_CLEARANCE_KEY])
{
    size_t kept = old.n / HP_CLEARANCE_KEY, most = (size_t)c->keep - 1;
    uint8_t ring[ROOM];
    bool ok;

    kept = kept < most ? kept : most;
    memcpy(ring, key, HP_CLEARANCE_KEY);
    memcpy(ring + HP_CLEARANCE_KEY, old.p, kept * HP_CLEARANCE_KEY);
    ok = hp_cli_renew(c->out, 0600, ring, (kept + 1) * HP_CLEARANCE_KEY);
    hp_wipe(ring, sizeof(ring));
    if (!ok)
        return hp_cli_say(self, HP_EXIT_FAULT, "%s: %s", c->out, strerror(errno));
    printf("%zu keys, the newest signs\n", kept + 1);
    return HP_EXIT_OK;
}

/* What the gates would not take is not written anew either. */
static int
rotate(const hp_cli_command *self, const choices *c, const uint8_t key[HP_CLEARANCE_KEY])
{
    hp_error error;
    hp_clearance_keys *keys = hp_clearance_keys_load(c->out, &error);
    hp_bytes old;
    int status;

    if (keys == NULL ||
        !hp_file_read(c->out, HP_FILE_OWNED | HP_FILE_SECRET, ROOM, &old, NULL, &error)) {
        hp_clearance_keys_free(keys);
        return hp_cli_say(self, HP_EXIT_FAULT, "%s", error.text);
    }
    status = write_ring(self, c, (hp_str){ old.p, old.n }, key);
    hp_bytes_free(&old);
    hp_clearance_keys_free(keys);
    return status;
}

static int
run(const hp_cli_command *self, int argc, char **argv)
{
    choices c = { .out = DEFAULT };
    uint8_t key[HP_CLEARANCE_KEY];
    int status;

    if (!hp_cli_parse(self, argc, argv, &c, NULL, &status))
        return status;
    if (!c.rotate && c.keep != 0)
        return hp_cli_say(self, HP_EXIT_USAGE, "--keep goes with --rotate");
    if (c.rotate && c.group != NULL)
        return hp_cli_say(self, HP_EXIT_USAGE, "--rotate leaves the file's group as it is");
    c.keep = c.keep != 0 ? c.keep : 2;
    if (getrandom(key, sizeof(key), 0) != (ssize_t)sizeof(key))
        return hp_cli_say(self, HP_EXIT_FAULT, "no random bytes");
    status = c.rotate ? rotate(self, &c, key) : make(self, &c, key);
    hp_wipe(key, sizeof(key));
    return status;
}

const hp_cli_command hp_cli_clearance_key = {
    .name = "clearance key",
    .summary = "Makes or rotates the keys of clearances and exemptions",
    .usage = "[-o FILE] [--group GROUP] [--rotate [--keep N]]",
    .notes = "The newest key signs, all verify; gates take up a changed file by themselves.  A\n"
             "fleet shares the file.  What was signed with a key that is gone is worth nothing\n"
             "any more.\n",
    .options = options,
    .run = run,
};
