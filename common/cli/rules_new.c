/*
 * rules new: house rules from plain options.
 *
 * What no option names is not accepted: a place that lists tests only refuses vaccinations with
 * words of its own.  Overwrites nothing unless told to.
 */
#include "cli/rules.h"
#include "cli/rules_house.h"

#include "base/time.h"
#include "rules/version.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>

#define DAY          86400.0
#define VALID_DAYS   365  /* unless --to says otherwise */
#define VALIDITY_MIN (72 * 3600.0)
#define DAYS_MAX     9999 /* in a limit */

static const char *const doses[] = { "any", "complete", "booster", NULL };

typedef struct {
    const char *country, *region, *dose_age, *vaccines, *pcr, *rapid, *recovered, *version, *out;
    int vaccinated; /* of doses; -1: not given */
    long min_age;   /* 0: not given */
    double from, to; /* NAN: not given */
    bool replace;
} choices;

static const hp_cli_option options[] = {
    { .name = "--country", .value = "XX", .kind = HP_CLI_TEXT, .at = offsetof(choices, country),
      .help = "where the gate stands, as its policy says" },
    { .name = "--region", .value = "R", .kind = HP_CLI_TEXT, .at = offsetof(choices, region),
      .help = "in which part of it, as its policy says" },
    { .name = "--vaccinated", .value = "any|complete|booster", .kind = HP_CLI_CHOICE,
      .words = doses, .at = offsetof(choices, vaccinated),
      .help = "accept vaccinations: any, with all doses, with one more" },
    { .name = "--dose-age", .value = "14d..270d", .kind = HP_CLI_TEXT,
      .at = offsetof(choices, dose_age), .help = "days since the last dose; 14d.. has no end" },
    { .name = "--vaccine-list", .value = "eu|CODE,...", .kind = HP_CLI_TEXT,
      .at = offsetof(choices, vaccines), .help = "these products only; eu: authorised in the EU" },
    { .name = "--pcr", .value = "72h", .kind = HP_CLI_TEXT, .at = offsetof(choices, pcr),
      .help = "accept negative PCR tests, so long after the sample" },
    { .name = "--rapid", .value = "24h", .kind = HP_CLI_TEXT, .at = offsetof(choices, rapid),
      .help = "accept negative rapid tests, so long after the sample" },
    { .name = "--recovered", .value = "11d..180d", .kind = HP_CLI_TEXT,
      .at = offsetof(choices, recovered),
      .help = "accept recoveries, these days after the first positive test" },
    { .name = "--min-age", .value = "YEARS", .kind = HP_CLI_NUMBER, .min = 1, .max = 120,
      .at = offsetof(choices, min_age), .help = "accept nobody who is younger" },
    { .name = "--from", .value = "TIME", .kind = HP_CLI_TIME, .at = offsetof(choices, from),
      .help = "the rules begin, RFC 3339 (today, 00:00 UTC)" },
    { .name = "--to", .value = "TIME", .kind = HP_CLI_TIME, .at = offsetof(choices, to),
      .help = "and end (365 days later)" },
    { .name = "--version", .value = "N.N.N", .kind = HP_CLI_TEXT, .at = offsetof(choices, version),
      .help = "a higher one takes over from rules in force, once it begins (1.0.0)" },
    { .name = "-o", .value = "FILE|FOLDER", .kind = HP_CLI_TEXT, .at = offsetof(choices, out),
      .help = "the file to make; in a FOLDER house-XX.json, or house-XX-N.N.N.json" },
    { .name = "--replace", .kind = HP_CLI_FLAG, .at = offsetof(choices, replace),
      .help = "in the place of a file that is there" },
    { .name = NULL },
};

/* ---- options -------------------------------------------------------------------------------- */

/* "72h" or "3d": *n of *unit, at least 1.  What follows is *rest. */
static bool
read_span(const char *text, long *n, char *unit, const char **rest)
{
    char *end;

    errno = 0;
    if (text[0] < '0' || text[0] > '9')
        return false;
    *n = strtol(text, &end, 10);
    *unit = *end;
    *rest = end + 1;
    return errno == 0 && (*unit == 'h' || *unit == 'd') &&
        *n <= (*unit == 'h' ? 24L * DAYS_MAX : DAYS_MAX);
}

static bool
read_hours(const char *text, long *hours)
{
    const char *rest;
    char unit;

    if (text == NULL)
        return true;
    if (!read_span(text, hours, &unit, &rest) || *rest != '\0' || *hours == 0)
        return false;
    *hours *= unit == 'd' ? 24 : 1;
    return true;
}

/* "11d..180d"; with open also "11d..". */
static bool
read_days(const char *text, bool open, long *from, long *until)
{
    const char *rest;
    char unit;

    if (text == NULL)
        return true;
    if (!read_span(text, from, &unit, &rest) || unit != 'd' || strncmp(rest, "..", 2) != 0)
        return false;
    rest += 2;
    if (*rest == '\0')
        return open;
    return read_span(rest, until, &unit, &rest) && unit == 'd' && *rest == '\0' && *from <= *until;
}

static bool
is_region(const char *text)
{
    size_t n = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");

    return n > 0 && n <= 5 && text[n] == '\0';
}

/* The word eu is no product: as one code of several it would be one that no pass has. */
static bool
is_eu(const char *code)
{
    return strncasecmp(code, "eu", 2) == 0 && (code[2] == ',' || code[2] == '\0');
}

/* "eu", or codes that are not empty, printable and without blanks. */
static bool
is_list(const char *text)
{
    size_t i, n = 0;

    if (strcmp(text, "eu") == 0)
        return true;
    for (i = 0; text[i] != '\0'; i++) {
        if (n == 0 && is_eu(text + i))
            return false;
        if (text[i] <= ' ' || text[i] > '~' || (text[i] == ',' && n == 0))
            return false;
        n = text[i] == ',' ? 0 : n + 1;
        if (n > HP_VALUE_TEXT_MAX)
            return false;
    }
    return n > 0;
}

static bool
is_version(const char *text)
{
    hp_version version;

    return hp_version_read(hp_str_of(text), &version);
}

static const char *
complaint(const choices *c)
{
    if (c->country == NULL)
        return "--country XX is missing";
    if (!hp_rules_is_country(c->country))
        return "--country: expected two capital letters";
    if (c->region != NULL && !is_region(c->region))
        return "--region: expected up to five capital letters and digits";
    if (c->vaccinated < 0 && c->pcr == NULL && c->rapid == NULL && c->recovered == NULL)
        return "nothing would be accepted: expected --vaccinated, --pcr, --rapid or --recovered";
    if (c->vaccinated < 0 && (c->dose_age != NULL || c->vaccines != NULL))
        return "--dose-age and --vaccine-list go with --vaccinated";
    if (c->vaccines != NULL && !is_list(c->vaccines))
        return "--vaccine-list: expected eu, or codes with commas between: EU/1/20/1528,CODE";
    if (c->version != NULL && !is_version(c->version))
        return "--version: expected three numbers: 1.1.0";
    if (c->out == NULL)
        return "-o FILE is missing";
    return NULL;
}

static const char *
read_house(const choices *c, hp_house *h)
{
    double today = floor(hp_cli_now() / DAY) * DAY;

    *h = (hp_house){ .country = c->country, .region = c->region == NULL ? "" : c->region,
                     .version = c->version == NULL ? "1.0.0" : c->version,
                     .vaccinated = c->vaccinated < 0 ? HP_HOUSE_NO
                         : c->vaccinated == 0        ? HP_HOUSE_ANY
                         : c->vaccinated == 1        ? HP_HOUSE_COMPLETE
                                                     : HP_HOUSE_BOOSTER,
                     .dose_until = -1, .vaccines = c->vaccines, .ill_until = -1,
                     .min_age = c->min_age, .from = isnan(c->from) ? today : floor(c->from) };
    h->until = isnan(c->to) ? h->from + VALID_DAYS * DAY : floor(c->to);
    if (!read_hours(c->pcr, &h->pcr))
        return "--pcr: expected a time up to 9999d: 72h, 3d";
    if (!read_hours(c->rapid, &h->rapid))
        return "--rapid: expected a time up to 9999d: 24h, 1d";
    if (!read_days(c->dose_age, true, &h->dose_from, &h->dose_until))
        return "--dose-age: expected days: 14d..270d, or 14d..";
    if (!read_days(c->recovered, false, &h->ill_from, &h->ill_until))
        return "--recovered: expected days: 11d..180d";
    if (h->until - h->from < VALIDITY_MIN || h->until > HP_TIME_LAST)
        return "--to: expected a time at least 72 hours after --from, and before the year 10000";
    return NULL;
}

/* ---- the file ------------------------------------------------------------------------------- */

/* One document a line. */
static bool
print_all(const hp_json *documents, FILE *to)
{
    bool ok = true;
    size_t i;

    for (i = 0; ok && i < hp_json_count(documents); i++) {
        fputs(i == 0 ? "[\n" : ",", to);
        ok = hp_json_print(hp_json_at(documents, i), to);
    }
    fputs("]\n", to);
    return ok;
}

static char *
text_of(const hp_json *documents, size_t *n)
{
    char *text = NULL;
    FILE *to = open_memstream(&text, n);
    bool ok = to != NULL && print_all(documents, to);

    if (to != NULL && fclose(to) == 0 && ok)
        return text;
    free(text);
    return NULL;
}

/* The caller's to free; NULL: no memory. */
static char *
path_of(const choices *c)
{
    struct stat st;
    char *path;

    if (stat(c->out, &st) != 0 || !S_ISDIR(st.st_mode))
        return strdup(c->out);
    if (asprintf(&path, "%s/house-%s%s%s%s%s.json", c->out, c->country,
                 c->region == NULL ? "" : "-", c->region == NULL ? "" : c->region,
                 c->version == NULL ? "" : "-", c->version == NULL ? "" : c->version) < 0)
        return NULL;
    return path;
}

/* What was made, for the eyes of who made it. */
static void
report(const char *path, const hp_json *documents)
{
    size_t i;

    fputs("made ", stdout);
    hp_cli_put_safe(hp_str_of(path), stdout);
    putchar('\n');
    for (i = 0; i < hp_json_count(documents); i++) {
        const hp_json *one = hp_json_at(documents, i);
        hp_str id = hp_json_text(hp_json_get(one, "Identifier"));
        hp_str text = hp_json_text(
            hp_json_get(hp_json_at(hp_json_get(one, "Description"), 0), "desc"));

        if (id.p != NULL)
            printf("%.*s  %.*s\n", (int)id.n, (const char *)id.p, (int)text.n,
                   (const char *)text.p);
    }
}

static int
write_file(const hp_cli_command *self, const choices *c, const hp_json *documents)
{
    size_t n = 0;
    char *text = text_of(documents, &n), *path = path_of(c);
    int status = HP_EXIT_OK;
    bool ok;

    if (text == NULL || path == NULL)
        status = hp_cli_say(self, HP_EXIT_FAULT, "out of memory");
    else {
        ok = c->replace ? hp_cli_replace(path, 0644, text, n)
                        : hp_cli_make(path, 0644, (gid_t)-1, text, n);
        if (ok)
            report(path, documents);
        else
            status = hp_cli_say(self, HP_EXIT_FAULT, "%s: %s%s", path, strerror(errno),
                                errno == EEXIST ? " (--replace puts another in its place)" : "");
    }
    free(text);
    free(path);
    return status;
}

static int
make(const hp_cli_command *self, const choices *c)
{
    const char *wrong = complaint(c);
    hp_json *documents;
    hp_house house;
    int status;

    if (wrong == NULL)
        wrong = read_house(c, &house);
    if (wrong != NULL)
        return hp_cli_say(self, HP_EXIT_USAGE, "%s", wrong);
    documents = hp_house_documents(&house);
    if (documents == NULL)
        return hp_cli_say(self, HP_EXIT_FAULT, "out of memory");
    status = write_file(self, c, documents);
    hp_json_free(documents);
    return status;
}

static int
run(const hp_cli_command *self, int argc, char **argv)
{
    choices c = { .vaccinated = -1, .from = NAN, .to = NAN };
    int status;

    return hp_cli_parse(self, argc, argv, &c, NULL, &status) ? make(self, &c) : status;
}

const hp_cli_command hp_cli_rules_new = {
    .name = "rules new",
    .summary = "Writes house rules from plain options",
    .usage = "--country XX [--region R] [--vaccinated any|complete|booster]\n"
             "           [--dose-age 14d..270d] [--vaccine-list eu|CODE,...] [--pcr 72h]\n"
             "           [--rapid 24h] [--recovered 11d..180d] [--min-age YEARS] [--from TIME]\n"
             "           [--to TIME] [--version N.N.N] -o FILE|FOLDER [--replace]",
    .notes = "What is not named is not accepted: without --pcr and --rapid a rule refuses tests.\n"
             "Days are whole days in UTC, the last one counts to its end; an incomplete birth\n"
             "date counts as the last day that it may be.  Texts are in en, fr, de, es and it.\n"
             "Numbers from 9000 on are the house's own: VR-XX-9001.\n"
             "\n"
             "Exit: 0 made, 2 usage, 3 fault (FILE is there already, or cannot be made).\n",
    .options = options,
    .run = run,
};
