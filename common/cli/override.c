/*
 * override: a person's word, on record, that stale lists may be used for some hours.
 *
 * It helps against trust-stale and nothing else.  Gates show it, log it, and end it by the clock.
 */
#include "cli/cli.h"
#include "cli/policy_file.h"

#include "base/time.h"
#include "policy/policy.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <syslog.h>
#include <unistd.h>

#define POLICY "/etc/healthpass/policy.conf"
#define MODE   0644

typedef struct {
    const char *policy, *stale, *by, *reason;
    bool end;
} choices;

static const hp_cli_option options[] = {
    { .name = "--stale", .value = "T", .kind = HP_CLI_TEXT, .at = offsetof(choices, stale),
      .help = "for how long, 1m to 72h" },
    { .name = "--by", .value = "NAME", .kind = HP_CLI_TEXT, .at = offsetof(choices, by),
      .help = "who allows it" },
    { .name = "--reason", .value = "TEXT", .kind = HP_CLI_TEXT, .at = offsetof(choices, reason),
      .help = "and why" },
    { .name = "--policy", .value = "F", .kind = HP_CLI_TEXT, .at = offsetof(choices, policy),
      .help = "whose stale_override it is (" POLICY ")" },
    { .name = "--end", .kind = HP_CLI_FLAG, .at = offsetof(choices, end),
      .help = "end the one that is there" },
    { .name = NULL },
};

/* ---- what was said ------------------------------------------------------------------------- */

static double
duration(const choices *c)
{
    return hp_cli_duration(c->stale, HP_OVERRIDE_LEAST, HP_OVERRIDE_MOST);
}

static const char *
complaint(const choices *c)
{
    if (c->end)
        return c->stale != NULL || c->by != NULL || c->reason != NULL
                   ? "--end stands alone, or with --policy" : NULL;
    if (c->stale == NULL || c->by == NULL || c->reason == NULL)
        return "expected --stale T, --by NAME and --reason TEXT; or --end";
    if (duration(c) < 0)
        return "--stale: expected a time from 1m to 72h, as 6h";
    if (!hp_override_text(hp_str_of(c->by), HP_OVERRIDE_BY))
        return "--by: expected a name, printable and up to 63 bytes";
    if (!hp_override_text(hp_str_of(c->reason), HP_OVERRIDE_REASON))
        return "--reason: expected a text, printable and up to 255 bytes";
    return NULL;
}

/* Where the policy looks for it; the caller's to free.  Its trust lists need not be readable. */
static char *
path_of(const char *policy, hp_error *error)
{
    hp_settings settings;
    char *path;

    if (!hp_cli_settings(policy, &settings, error))
        return NULL;
    path = strdup(settings.stale_override);
    if (path == NULL)
        hp_error_set(error, "out of memory");
    hp_settings_free(&settings);
    return path;
}

/* ---- what is done -------------------------------------------------------------------------- */

static int
begin(const hp_cli_command *self, const choices *c, const char *path)
{
    char made[HP_TIME_TEXT], until[HP_TIME_TEXT], text[HP_OVERRIDE_MAX];
    double now = floor(hp_cli_now());
    int n;

    hp_time_write(now, made);
    hp_time_write(now + duration(c), until);
    n = snprintf(text, sizeof(text),
                 "version: 1\nallows: stale\nmade: %s\nuntil: %s\nby: %s\nreason: %s\n", made,
                 until, c->by, c->reason);
    hp_cli_make_folder(path);
    if (!hp_cli_replace(path, MODE, text, (size_t)n))
        return hp_cli_say(self, HP_EXIT_FAULT, "%s: %s", path, strerror(errno));
    openlog("healthpassctl", LOG_PID, LOG_AUTH);
    syslog(LOG_WARNING, "override: stale trust lists may be used until %s, by %s (uid %lu): %s",
           until, c->by, (unsigned long)getuid(), c->reason);
    closelog();
    printf("stale trust lists may be used until %s\n", until);
    return HP_EXIT_OK;
}

static int
end(const hp_cli_command *self, const char *path)
{
    if (unlink(path) != 0) {
        if (errno != ENOENT)
            return hp_cli_say(self, HP_EXIT_FAULT, "%s: %s", path, strerror(errno));
        puts("there was no override");
        return HP_EXIT_OK;
    }
    openlog("healthpassctl", LOG_PID, LOG_AUTH);
    syslog(LOG_NOTICE, "override: ended by uid %lu", (unsigned long)getuid());
    closelog();
    puts("ended: stale trust lists may not be used");
    return HP_EXIT_OK;
}

static int
start(const hp_cli_command *self, const choices *c)
{
    const char *wrong = complaint(c);
    hp_error error;
    char *path;
    int status;

    if (wrong != NULL)
        return hp_cli_say(self, HP_EXIT_USAGE, "%s", wrong);
    path = path_of(c->policy != NULL ? c->policy : POLICY, &error);
    if (path == NULL)
        return hp_cli_say(self, HP_EXIT_FAULT, "%s", error.text);
    status = c->end ? end(self, path) : begin(self, c, path);
    free(path);
    return status;
}

static int
run(const hp_cli_command *self, int argc, char **argv)
{
    choices c = { .end = false };
    hp_cli_texts none = { NULL, 0 };
    int status;

    if (hp_cli_parse(self, argc, argv, &c, &none, &status))
        status = start(self, &c);
    hp_cli_texts_free(&none);
    return status;
}

const hp_cli_command hp_cli_override = {
    .name = "override",
    .summary = "Allows stale trust lists for some hours, on record",
    .usage = "--stale T --by NAME --reason TEXT [--policy F] | --end [--policy F]",
    .notes = "Against trust-stale only: what is forged, withdrawn or expired stays refused.\n"
             "Gates take it up as they do a changed policy; it ends by itself, or at once with\n"
             "--end.\n"
             "The system log and `healthpassctl status` say who, why and until when.\n"
             "\n"
             "Exit: 0 done, 2 usage, 3 fault.\n",
    .options = options,
    .run = run,
};
