/*
 * clearance issue: staff's word that a booking needs no pass, for one person and once.
 *
 * Nobody is asked for a reason, and none can be given: it would be health data.  The system log
 * says who issued it, and neither for whom nor for which booking.
 */
#include "cli/cli.h"
#include "cli/show.h"

#include "base/time.h"
#include "check/clearance.h"
#include "policy/override.h"

#include <math.h>
#include <syslog.h>
#include <unistd.h>

#define KEY_DEFAULT   "/etc/healthpass/clearance.key"
#define BOOKING_MAX   256          /* bytes */
#define TTL_DEFAULT   86400.0      /* seconds */
#define TTL_LEAST     60.0
#define TTL_MOST      (30 * 86400.0)
#define PERSONS_MOST  32

typedef struct {
    const char *key, *booking, *scope, *ttl, *by, *png;
    long persons;
    bool qr;
} choices;

static const hp_cli_option options[] = {
    { .name = "--for", .value = "BOOKING", .kind = HP_CLI_TEXT, .at = offsetof(choices, booking),
      .help = "what \"by=\" or \"bind=\" says at the gate" },
    { .name = "--by", .value = "NAME", .kind = HP_CLI_TEXT, .at = offsetof(choices, by),
      .help = "who issues it, for the system log" },
    { .name = "--key", .value = "FILE", .kind = HP_CLI_TEXT, .at = offsetof(choices, key),
      .help = "the gate's keys (" KEY_DEFAULT ")" },
    { .name = "--scope", .value = "NAME", .kind = HP_CLI_TEXT, .at = offsetof(choices, scope),
      .help = "the gate's \"scope=\"" },
    { .name = "--persons", .value = "N", .kind = HP_CLI_NUMBER, .at = offsetof(choices, persons),
      .min = 1, .max = PERSONS_MOST, .help = "so many, one a line, each for one person (1)" },
    { .name = "--ttl", .value = "T", .kind = HP_CLI_TEXT, .at = offsetof(choices, ttl),
      .help = "for how long, 1m to 30d (24h)" },
    { .name = "--qr", .kind = HP_CLI_FLAG, .at = offsetof(choices, qr),
      .help = "also as a QR code on the terminal" },
    { .name = "--png", .value = "FILE", .kind = HP_CLI_TEXT, .at = offsetof(choices, png),
      .help = "also as a picture, for one person" },
    { .name = NULL },
};

/* In seconds; -1: no such time. */
static double
lifetime(const choices *c)
{
    return c->ttl != NULL ? hp_cli_duration(c->ttl, TTL_LEAST, TTL_MOST) : TTL_DEFAULT;
}

static const char *
complaint(const choices *c)
{
    if (c->booking == NULL || c->by == NULL)
        return "expected --for BOOKING and --by NAME";
    if (strlen(c->booking) > BOOKING_MAX)
        return "--for: expected at most 256 bytes";
    if (!hp_override_text(hp_str_of(c->by), HP_OVERRIDE_BY))
        return "--by: expected a name, printable and up to 63 bytes";
    if (!hp_override_text(hp_str_of(c->scope), HP_CLEARANCE_SCOPE + 1) && c->scope[0] != '\0')
        return "--scope: expected a name, printable and up to 64 bytes";
    if (lifetime(c) < 0)
        return "--ttl: expected a time from 1m to 30d, as 12h";
    if (c->png != NULL && c->persons > 1)
        return "--png is for one person";
    return NULL;
}

static int
issue_one(const hp_cli_command *self, const choices *c, const hp_clearance_keys *keys,
          hp_clearance *one)
{
    const hp_clearance_value booking = { HP_EXEMPTION_FOR, hp_str_of(c->booking) };
    const hp_clearance_for whom = { hp_str_of(c->scope), &booking, 1 };
    char text[HP_EXEMPTION_TEXT];

    if (!hp_clearance_keys_random(keys, one->ids[0], HP_ID) ||
        !hp_exemption_write(keys, one, &whom, text))
        return hp_cli_say(self, HP_EXIT_FAULT, "no random bytes, or OpenSSL failed");
    puts(text);
    return hp_cli_show_code(self, hp_str_of(text), c->qr, c->png);
}

/* On record before it is shown: an exemption that nobody knows of is worse than one too few. */
static void
record(const choices *c, double until)
{
    char end[HP_TIME_TEXT];

    hp_time_write(until, end);
    openlog("healthpassctl", LOG_PID, LOG_AUTH);
    syslog(LOG_WARNING, "clearance: %ld issued, without a pass and each for one use until %s, "
           "scope \"%s\", by %s (uid %lu)", c->persons, end, c->scope, c->by,
           (unsigned long)getuid());
    closelog();
}

static int
issue(const hp_cli_command *self, const choices *c, const hp_clearance_keys *keys)
{
    double now = floor(hp_cli_now());
    double until = now + lifetime(c);
    hp_clearance one = { .issued = (uint64_t)now, .until = (uint64_t)until, .n = 1 };
    int status = HP_EXIT_OK;
    long i;

    record(c, until);
    for (i = 0; status == HP_EXIT_OK && i < c->persons; i++)
        status = issue_one(self, c, keys, &one);
    return status;
}

static int
run(const hp_cli_command *self, int argc, char **argv)
{
    choices c = { .key = KEY_DEFAULT, .scope = "", .persons = 1 };
    hp_clearance_keys *keys;
    const char *wrong;
    hp_error error;
    int status;

    if (!hp_cli_parse(self, argc, argv, &c, NULL, &status))
        return status;
    wrong = complaint(&c);
    if (wrong != NULL)
        return hp_cli_say(self, HP_EXIT_USAGE, "%s", wrong);
    keys = hp_clearance_keys_load(c.key, &error);
    if (keys == NULL)
        return hp_cli_say(self, HP_EXIT_FAULT, "%s", error.text);
    status = issue(self, &c, keys);
    hp_clearance_keys_free(keys);
    return status;
}

const hp_cli_command hp_cli_clearance_issue = {
    .name = "clearance issue",
    .summary = "Issues an exemption: a booking needs no pass, for one person and once",
    .usage = "--for BOOKING --by NAME [--key FILE] [--scope NAME]\n"
             "           [--persons N] [--ttl T] [--qr] [--png FILE]",
    .notes = "It is shown where a pass is shown, and counts once, at a gate of nginx whose\n"
             "healthpass_clearance has this key and scope and \"exemptions=on\", for this\n"
             "booking.\n"
             "There is no reason in it, and none is kept: the system log says who issued it.\n",
    .options = options,
    .run = run,
};
