/*
 * init: the first policy, an empty trust folder, the identity key and an empty deny list.
 * Overwrites nothing: what is there already is kept, and said to be; what no gate could
 * use is said too, and is an error.
 */
#include "cli/cli.h"

#include "base/wipe.h"
#include "check/deny.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define DIR_DEFAULT   "/etc/healthpass"
#define STATE_DEFAULT "/var/lib/healthpass" /* what changes by itself, of DIR_DEFAULT */
#define GROUP_DEFAULT "www-data" /* nginx's workers on Debian */
#define IDENTITY      32
#define PLAIN         "without quotes and backslashes"
#define POLICY_ROOM   (4 * PATH_MAX)

/* The folder stands where %1$s is, that of what changes where %2$s is. */
static const char policy_text[] =
    "# What this place accepts.  Read by nginx, PAM and healthpassctl; see the README.\n"
    "# Belongs to root; only root may write it.  Changes are taken up by themselves.\n"
    "\n"
    "# Keys of the signers that are trusted: a folder (PEM, DER; <CC>/... for a country),\n"
    "# or a list of them.  Passes of all other signers are refused.\n"
    "trust = \"%1$s/trust.d\";\n"
    "\n"
    "# How old trust lists may be, and when to warn: older ones are a fault.\n"
    "#trust_max_age = \"7d\";\n"
    "#trust_warn_age = \"6d\";\n"
    "\n"
    "# minimal: genuine, in time, and a test must be negative.\n"
    "# authentic-only: genuine and in time; judges no content.\n"
    "rules = \"minimal\";\n"
    "\n"
    "# What this place blocks itself: healthpassctl revoke add.\n"
    "deny_list = \"%2$s/deny.list\";\n"
    "\n"
    "# For the keyed ids that logs show in place of a pass; a secret.\n"
    "identity_key = \"%1$s/identity.key\";\n"
    "\n"
    "# How long the id of one pass stays the same: day, site, event:NAME.\n"
    "#pass_id_scope = \"day\";\n"
    "\n"
    "# Kinds of passes.\n"
    "#formats = [ \"hc1\" ];\n"
    "\n"
    "# prod, uat or dev: whose keys these are.\n"
    "#environment = \"prod\";\n"
    "\n"
    "# tolerant: takes what issuers write in practice; strict: the letter of the schema.\n"
    "#schema = \"tolerant\";\n"
    "\n"
    "# Refuse passes whose signer's certificate has ended.\n"
    "#signer_validity = \"on\";\n"
    "\n"
    "# any, or same: a signer speaks for the country only that its list gives it.\n"
    "#signer_country = \"any\";\n"
    "\n"
    "# How far an issuer's clock may be ahead or behind.\n"
    "#clock_skew = \"0s\";\n"
    "\n"
    "# Until when passes may be asked for here by law; then: refuse (every pass), or off (nobody\n"
    "# is asked for one any more, and doors stand open).\n"
    "#ends = \"2099-12-31\";\n"
    "#ends_answer = \"refuse\";\n"
    "\n"
    "# Other values for one door; keys of newer builds.\n"
    "#web = { };\n"
    "#pam = { };\n"
    "#if_supported = { };\n";

typedef struct {
    const char *folder;
    const char *group; /* NULL: not given */
} choices;

static const hp_cli_option options[] = {
    { .name = "--dir", .value = "DIR", .kind = HP_CLI_TEXT, .at = offsetof(choices, folder),
      .help = "where (" DIR_DEFAULT ")" },
    { .name = "--group", .value = "GROUP", .kind = HP_CLI_TEXT, .at = offsetof(choices, group),
      .help = "who may read identity key and deny list besides root (" GROUP_DEFAULT ")" },
    { .name = NULL },
};

/* What stands where a file or folder was to be made, when a gate could not use it; else NULL. */
static const char *
hindrance(const char *path, mode_t kind)
{
    struct stat st;
    bool folder = kind == S_IFDIR;

    /* A folder may be a link to one; a file must be the file itself, as the gates ask for. */
    if ((folder ? stat(path, &st) : lstat(path, &st)) != 0)
        return folder && errno == ENOENT ? "is a link that leads nowhere, expected a folder"
                                         : strerror(errno);
    if ((st.st_mode & S_IFMT) == kind)
        return NULL;
    return folder ? "is there and is no folder" : "is there and is not a regular file";
}

/* Says what became of path; true when it is there now, and of that kind. */
static bool
told(const hp_cli_command *self, bool made, const char *path, mode_t kind, const char *what)
{
    const char *wrong = made ? NULL : errno == EEXIST ? hindrance(path, kind) : strerror(errno);

    if (wrong != NULL) {
        hp_cli_say(self, 0, "%s: %s", path, wrong);
        return false;
    }
    fputs(made ? "made " : "kept ", stdout);
    hp_cli_put_safe(hp_str_of(path), stdout);
    if (made)
        printf(" (%s)\n", what);
    else
        puts(": it is there already");
    return true;
}

/* Open to all whatever the umask says: it holds no secret. */
static bool
make_folder(const hp_cli_command *self, const char *path)
{
    bool made = mkdir(path, 0755) == 0 && chmod(path, 0755) == 0;

    return told(self, made, path, S_IFDIR, "0755");
}

/* What changes stands beside the policy, unless that is in the system's place. */
static const char *
state_of(const char *folder)
{
    return strcmp(folder, DIR_DEFAULT) == 0 ? STATE_DEFAULT : folder;
}

static bool
make_policy(const hp_cli_command *self, const char *folder)
{
    char *path = hp_cli_path(folder, "policy.conf", ""), text[POLICY_ROOM];
    int n = snprintf(text, sizeof(text), policy_text, folder, state_of(folder));
    bool ok = path != NULL &&
        told(self, hp_cli_make(path, 0644, (gid_t)-1, text, (size_t)n), path, S_IFREG, "0644");

    free(path);
    return ok;
}

static bool
make_trust(const hp_cli_command *self, const char *folder)
{
    char *path = hp_cli_path(folder, "trust.d", "");
    bool ok = path != NULL && make_folder(self, path);

    free(path);
    return ok;
}

/* A file that gates read and strangers do not.  gid -1: for its owner alone. */
static bool
make_shared(const hp_cli_command *self, const char *path, const char *group, gid_t gid,
            hp_str content)
{
    bool shared = gid != (gid_t)-1;
    char what[128];

    snprintf(what, sizeof(what), shared ? "0640, group %s" : "0600, for its owner alone", group);
    return told(self, hp_cli_make(path, shared ? 0640 : 0600, gid, content.p, content.n), path,
                S_IFREG, what);
}

static bool
make_identity(const hp_cli_command *self, const char *folder, const char *group, gid_t gid)
{
    char *path = hp_cli_path(folder, "identity.key", "");
    unsigned char key[IDENTITY];
    bool ok;

    if (path == NULL || getrandom(key, sizeof(key), 0) != (ssize_t)sizeof(key)) {
        hp_cli_say(self, 0, "no memory, or no random bytes");
        free(path);
        return false;
    }
    ok = make_shared(self, path, group, gid, (hp_str){ key, sizeof(key) });
    hp_wipe(key, sizeof(key));
    free(path);
    return ok;
}

/* Made now, so that the first block finds the group right that gates read it by. */
static bool
make_deny_list(const hp_cli_command *self, const char *folder, const char *group, gid_t gid)
{
    char *path = hp_cli_path(state_of(folder), "deny.list", "");
    bool ok;

    if (path == NULL) {
        hp_cli_say(self, 0, "no memory");
        return false;
    }
    hp_cli_make_folder(path);
    ok = make_shared(self, path, group, gid, HP_STR(HP_DENY_HEAD));
    free(path);
    return ok;
}

/*
 * Whose group the identity key gets: only root can give it away, and the default group
 * need not exist.  False when the group that was asked for does not.
 */
static bool
find_group(const hp_cli_command *self, const choices *c, const char **name, gid_t *gid)
{
    const struct group *found;

    *name = c->group == NULL ? GROUP_DEFAULT : c->group;
    found = getgrnam(*name);
    *gid = found != NULL && geteuid() == 0 ? found->gr_gid : (gid_t)-1;
    if (found != NULL || c->group == NULL)
        return true;
    hp_cli_say(self, 0, "--group %s: there is no such group", c->group);
    return false;
}

/* The text is written into the policy, between quotes. */
static bool
is_plain(const char *path)
{
    for (; *path != '\0'; path++) {
        if ((unsigned char)*path < 0x20 || *path == '"' || *path == '\\' || *path == 0x7f)
            return false;
    }
    return true;
}

static void
say_next(const char *folder, bool shared)
{
    static const char *const lines[] = {
        "",
        "Next:",
        "  1. Put the certificates of the signers that you trust into %s/trust.d",
        "  2. Try a pass:  healthpassctl check --policy %s/policy.conf FILE",
        "  3. nginx:  healthpass_verify on;",
        "     PAM:    pam_healthpass.so match=none policy=%s/policy.conf",
    };
    char text[POLICY_ROOM];
    size_t i;

    for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        (void)snprintf(text, sizeof(text), lines[i], folder);
        hp_cli_put_safe(hp_str_of(text), stdout);
        putchar('\n');
    }
    if (!shared)
        puts("The identity key and the deny list are for their owner alone.  A gate that runs as\n"
             "another user needs a group of its own there: chgrp GROUP, chmod 0640.");
}

static int
init(const hp_cli_command *self, const choices *c)
{
    char folder[PATH_MAX];
    const char *group;
    gid_t gid;

    if (!find_group(self, c, &group, &gid))
        return HP_EXIT_USAGE;
    if (!is_plain(c->folder))
        return hp_cli_say(self, HP_EXIT_USAGE, "--dir: expected a path " PLAIN);
    if (!make_folder(self, c->folder))
        return HP_EXIT_FAULT;
    if (realpath(c->folder, folder) == NULL)
        return hp_cli_say(self, HP_EXIT_FAULT, "%s: %s", c->folder, strerror(errno));
    if (!is_plain(folder))
        return hp_cli_say(self, HP_EXIT_FAULT, "%s: expected a path " PLAIN, folder);
    if (!make_policy(self, folder) || !make_trust(self, folder) ||
        !make_identity(self, folder, group, gid) || !make_deny_list(self, folder, group, gid))
        return HP_EXIT_FAULT;
    say_next(folder, gid != (gid_t)-1);
    return HP_EXIT_OK;
}

static int
run(const hp_cli_command *self, int argc, char **argv)
{
    choices c = { .folder = DIR_DEFAULT };
    int status;

    if (!hp_cli_parse(self, argc, argv, &c, NULL, &status))
        return status;
    return init(self, &c);
}

const hp_cli_command hp_cli_init = {
    .name = "init",
    .summary = "Makes the first policy, an empty trust folder, the identity key, a deny list",
    .usage = "[--dir DIR] [--group GROUP]",
    .notes = "Overwrites nothing: what is there is kept, unless no gate could use it (a file for\n"
             "the trust folder, a link for a file): that is an error.  The identity key and the\n"
             "deny list get mode 0640 and that group when root runs this and the group exists,\n"
             "else 0600.  The deny list stands in " STATE_DEFAULT ", or in another DIR.\n",
    .options = options,
    .run = run,
};
