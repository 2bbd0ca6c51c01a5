/*
 * status --url: what a running gate says of itself, judged for monitoring systems.
 *
 * A gate tells of the policies that its workers hold, and of what it shares among them; nothing in
 * it is of a pass.
 */
#include "cli/fetch.h"
#include "cli/status.h"
#include "codec/json.h"

#include <stdarg.h>

#define PAGE_MAX     (4u << 20) /* bytes of what a gate shows */
#define PAGE_TIMEOUT 10.0       /* seconds */

/* A zone with less than this share of its pages is nearly full. */
#define NEARLY_FULL 0.1

typedef struct {
    const char *url;
    hp_json *page;      /* NULL: it said nothing that can be read */
    hp_finding worst;
    hp_json *findings;  /* the texts of all of them */
    size_t policies, workers;
} gate;

__attribute__((format(printf, 3, 4))) static void
find(gate *g, hp_level level, const char *format, ...)
{
    char text[2 * HP_ERROR_MAX];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    hp_finding_add(&g->worst, level, text);
    hp_json_add(g->findings, hp_json_of_text(hp_str_of(text)));
}

/* A text as printf's %.*s takes it; "?" where there is none. */
#define TEXT(json, name) text_n(json, name), text_p(json, name)

static const char *
text_p(const hp_json *json, const char *name)
{
    hp_str s = hp_json_text(hp_json_get(json, name));

    return s.p != NULL ? (const char *)s.p : "?";
}

static int
text_n(const hp_json *json, const char *name)
{
    hp_str s = hp_json_text(hp_json_get(json, name));

    return s.p == NULL ? 1 : s.n < HP_ERROR_MAX ? (int)s.n : HP_ERROR_MAX;
}

static bool
is_text(const hp_json *json, const char *name)
{
    return hp_json_text(hp_json_get(json, name)).p != NULL;
}

static double
number_of(const hp_json *json, const char *name)
{
    double n;

    return hp_json_number(hp_json_get(json, name), &n) ? n : 0;
}

/* ---- judging ------------------------------------------------------------------------------- */

static void
judge_list(gate *g, const hp_json *policy, const hp_json *list)
{
    const hp_json *state = hp_json_get(list, "state");

    if (is_text(list, "fault"))
        find(g, HP_LEVEL_WARNING, "%.*s: the list \"%.*s\" (%.*s): %.*s", TEXT(policy, "path"),
             TEXT(list, "name"), TEXT(list, "what"), TEXT(list, "fault"));
    else if (!hp_json_is(state, "fresh"))
        find(g, HP_LEVEL_WARNING, "%.*s: the list \"%.*s\" (%.*s) is %.*s, its end is %.*s",
             TEXT(policy, "path"), TEXT(list, "name"), TEXT(list, "what"), TEXT(list, "state"),
             TEXT(list, "ends"));
}

/* Tomorrow's policy shuts nobody out: what is wrong with it is to be mended before. */
static void
judge_policy(gate *g, const hp_json *policy)
{
    const hp_json *state = hp_json_get(policy, "state"), *lists = hp_json_get(policy, "lists");
    bool next = hp_json_is(hp_json_get(policy, "role"), "next");
    size_t i;

    if (hp_json_is(state, "fault") || hp_json_is(state, "ended"))
        find(g, next ? HP_LEVEL_WARNING : HP_LEVEL_CRITICAL,
             "%.*s: every pass is answered with %.*s", TEXT(policy, "path"),
             TEXT(policy, "reason"));
    else if (hp_json_is(state, "off"))
        find(g, HP_LEVEL_WARNING, "%.*s: nobody is asked for a pass any more",
             TEXT(policy, "path"));
    if (is_text(policy, "fault"))
        find(g, HP_LEVEL_WARNING, "a changed file was not taken up: %.*s", TEXT(policy, "fault"));
    if (is_text(policy, "override"))
        find(g, HP_LEVEL_WARNING, "%.*s: an override allows stale lists until %.*s",
             TEXT(policy, "path"), TEXT(policy, "override"));
    for (i = 0; i < hp_json_count(lists); i++)
        judge_list(g, policy, hp_json_at(lists, i));
}

/* Of the workers of the configuration in force; those of the one before are about to leave. */
static bool
hold_same(const hp_json *one, const hp_json *other)
{
    const hp_json *of_one = hp_json_get(one, "policies");
    const hp_json *of_other = hp_json_get(other, "policies");
    hp_str a, b;
    size_t i;

    if (hp_json_count(of_one) != hp_json_count(of_other))
        return false;
    for (i = 0; i < hp_json_count(of_one); i++) {
        a = hp_json_text(hp_json_get(hp_json_at(of_one, i), "version"));
        b = hp_json_text(hp_json_get(hp_json_at(of_other, i), "version"));
        if (!hp_str_eq(a, b))
            return false;
    }
    return true;
}

static void
judge_workers(gate *g)
{
    const hp_json *all = hp_json_get(g->page, "workers"), *first = NULL, *one;
    bool same = true;
    size_t i;

    for (i = 0; i < hp_json_count(all); i++) {
        one = hp_json_at(all, i);
        if (!hp_json_true(hp_json_get(one, "current")))
            continue;
        g->workers++;
        if (first == NULL)
            first = one;
        same = same && hold_same(first, one);
    }
    if (!same)
        find(g, HP_LEVEL_WARNING, "not every worker has taken up the same files yet");
}

static double
zone_used(const gate *g)
{
    const hp_json *zone = hp_json_get(g->page, "zone");
    double pages = number_of(zone, "pages");

    return pages > 0 ? 1 - number_of(zone, "pages_free") / pages : 0;
}

static void
judge_zone(gate *g)
{
    double used = zone_used(g);

    if (used >= 1)
        find(g, HP_LEVEL_CRITICAL, "healthpass_zone is full");
    else if (used > 1 - NEARLY_FULL)
        find(g, HP_LEVEL_WARNING, "healthpass_zone is %.0f%% full", 100 * used);
}

static void
judge(gate *g)
{
    const hp_json *policies = hp_json_get(g->page, "policies");

    g->policies = hp_json_count(policies);
    for (size_t i = 0; i < g->policies; i++)
        judge_policy(g, hp_json_at(policies, i));
    if (g->policies == 0)
        find(g, HP_LEVEL_CRITICAL, "no location asks for passes");
    if (hp_json_true(hp_json_get(g->page, "dry_run")))
        find(g, HP_LEVEL_WARNING, "a location is in a dry run, and lets everybody in");
    judge_workers(g);
    judge_zone(g);
}

/* ---- asking -------------------------------------------------------------------------------- */

/* What is no page of healthpass_status says nothing of a gate. */
static void
read_page(gate *g, hp_str text)
{
    hp_error error;

    g->page = hp_json_load_list(text, PAGE_MAX, &error);
    if (g->page != NULL &&
        (hp_json_get(g->page, "policies") == NULL || !is_text(g->page, "version"))) {
        hp_json_free(g->page);
        g->page = NULL;
        hp_error_set(&error, "expected what healthpass_status json answers");
    }
    if (g->page == NULL)
        find(g, HP_LEVEL_UNKNOWN, "%.*s: %s", (int)strcspn(g->url, "?#"), g->url, error.text);
    else
        judge(g);
}

static bool
ask(gate *g)
{
    hp_fetcher *fetcher = hp_fetcher_new(NULL, NULL);
    hp_fetch_ask what = { .url = g->url, .max = PAGE_MAX, .timeout = PAGE_TIMEOUT };
    hp_fetched got;
    hp_error error;

    if (fetcher == NULL)
        return false;
    if (hp_fetch(fetcher, &what, &got, &error)) {
        read_page(g, (hp_str){ got.bytes.p, got.bytes.n });
        hp_bytes_free(&got.bytes);
    } else
        find(g, HP_LEVEL_CRITICAL, "%s", error.text);
    hp_fetcher_free(fetcher);
    return true;
}

/* ---- telling ------------------------------------------------------------------------------- */

/* "c": a counter, of which a monitoring system makes a rate. */
static void
put_counters(const gate *g)
{
    const hp_json *counts = hp_json_get(g->page, "decisions");

    printf("|decisions=%.0fc accepted=%.0fc refused=%.0fc faults=%.0fc suspects=%.0fc workers=%zu",
           number_of(counts, "total"), number_of(counts, "ok"), number_of(counts, "refused"),
           number_of(counts, "fault"), number_of(counts, "suspect"), g->workers);
    if (hp_json_count(hp_json_get(g->page, "zone")) > 0)
        printf(" zone=%.0f%%;90;99", 100 * zone_used(g));
}

static void
put(const gate *g)
{
    size_t i;

    printf("HEALTHPASS %s - ", hp_level_name(g->worst.level));
    if (g->page == NULL) {
        hp_finding_put(&g->worst, "");
        putchar('\n');
        return;
    }
    printf("%zu workers, %zu policies", g->workers, g->policies);
    hp_finding_put(&g->worst, "; ");
    put_counters(g);
    putchar('\n');
    /* the only one stands in the first line */
    for (i = 0; hp_json_count(g->findings) > 1 && i < hp_json_count(g->findings); i++) {
        hp_cli_put_safe(hp_json_text(hp_json_at(g->findings, i)), stdout);
        putchar('\n');
    }
}

static bool
put_json(gate *g)
{
    hp_json *json = hp_json_object();
    bool good;

    hp_json_set_text(json, "status", hp_str_of(hp_level_name(g->worst.level)));
    hp_json_set_text(json, "text", hp_str_of(g->worst.text));
    hp_json_set(json, "findings", g->findings);
    hp_json_set(json, "gate", g->page != NULL ? g->page : hp_json_of_null());
    g->findings = NULL;
    g->page = NULL;
    good = hp_json_print(json, stdout);
    hp_json_free(json);
    return good;
}

int
hp_status_of_gate(const hp_cli_command *self, const char *url, bool json)
{
    gate g = { .url = url };
    bool good;

    if (!hp_fetch_can(url))
        return hp_cli_say(self, HP_LEVEL_UNKNOWN, "%s: expected https://, or http:// with an "
                          "address of this machine", url);
    g.findings = hp_json_array();
    good = g.findings != NULL && ask(&g);
    if (good && json)
        good = put_json(&g);
    else if (good)
        put(&g);
    hp_json_free(g.findings);
    hp_json_free(g.page);
    return good ? (int)g.worst.level : hp_cli_say(self, HP_LEVEL_UNKNOWN, "out of memory");
}
