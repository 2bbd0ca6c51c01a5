/* The rows of a re-use ledger; see ledger_rows.h. */
#include "cli/ledger_rows.h"

#include "base/hex.h"
#include "cli/cli.h"
#include "cli/fetch.h"
#include "codec/json.h"
#include "ledger/file.h"
#include "ledger/redis.h"

#include <stdlib.h>

#define TOP_MAX     (64u << 20) /* bytes of what nginx shows */
#define TOP_TIMEOUT 10.0       /* seconds */
#define REDIS_MS    5000       /* for each answer */

void
hp_ledger_rows_free(hp_ledger_rows *rows)
{
    free(rows->all);
    *rows = (hp_ledger_rows){ NULL, 0, 0 };
}

static bool
put(hp_ledger_rows *rows, const hp_ledger_row *row)
{
    size_t room = rows->room == 0 ? 256 : 2 * rows->room;
    hp_ledger_row *more;

    if (rows->n == rows->room) {
        more = reallocarray(rows->all, room, sizeof(*more));
        if (more == NULL)
            return false;
        rows->all = more;
        rows->room = room;
    }
    rows->all[rows->n++] = *row;
    return true;
}

/* ---- what nginx shows ------------------------------------------------------------------------ */

static bool
read_count(const hp_json *json, const char *name, unsigned *count)
{
    int64_t n;

    if (!hp_json_int(hp_json_get(json, name), &n) || n < 0 || n > INT32_MAX)
        return false;
    *count = (unsigned)n;
    return true;
}

static bool
read_row(const hp_json *json, double now, hp_ledger_row *row)
{
    hp_str id = hp_json_text(hp_json_get(json, "id"));
    double left;

    if (id.p == NULL || id.n != 2 * HP_ID || !hp_hex_read(id, row->pass) ||
        !read_count(json, "count", &row->count) || !read_count(json, "places", &row->places) ||
        !hp_json_number(hp_json_get(json, "ends_in"), &left) || left < 0 ||
        left > HP_USE_WINDOW_MAX)
        return false;
    row->ends = now + left;
    return true;
}

bool
hp_ledger_rows_json(hp_str text, double now, hp_ledger_rows *rows, hp_error *error)
{
    hp_json *top = hp_json_load_list(text, TOP_MAX, error);
    const hp_json *all = hp_json_get(top, "ledger");
    size_t i, n = hp_json_count(all);
    hp_ledger_row row;
    bool good = true;

    if (top == NULL)
        return false;
    if (all == NULL || hp_json_kind_of(all) != HP_JSON_ARRAY) {
        hp_error_set(error, "expected {\"ledger\":[...]}, as healthpass_status top gives it");
        good = false;
    }
    for (i = 0; good && i < n; i++) {
        good = read_row(hp_json_at(all, i), now, &row);
        if (!good)
            hp_error_set(error, "ledger, number %zu: expected id (32 hexadecimal digits), count, "
                         "places and ends_in", i + 1);
        else if (!(good = put(rows, &row)))
            hp_error_set(error, "out of memory");
    }
    hp_json_free(top);
    return good;
}

static bool
fetch_rows(const char *from, double now, hp_ledger_rows *rows, hp_error *error)
{
    hp_fetcher *fetcher = hp_fetcher_new(NULL, NULL);
    /* all of them: nginx shows people the first hundred */
    char *url = hp_cli_path_with(from, strchr(from, '?') != NULL ? "&all=1" : "?all=1");
    hp_fetch_ask ask = { .url = url, .max = TOP_MAX, .timeout = TOP_TIMEOUT };
    hp_error why;
    hp_fetched got;
    bool good;

    if (fetcher == NULL || url == NULL) {
        hp_error_set(error, "out of memory");
        hp_fetcher_free(fetcher);
        free(url);
        return false;
    }
    good = hp_fetch(fetcher, &ask, &got, error);
    free(url);
    if (good && !hp_ledger_rows_json((hp_str){ got.bytes.p, got.bytes.n }, now, rows, &why)) {
        hp_error_set(error, "%.*s: %s", (int)strcspn(from, "?#"), from, why.text);
        good = false;
    }
    hp_bytes_free(&got.bytes);
    hp_fetcher_free(fetcher);
    return good;
}

/* ---- a file, and Redis ----------------------------------------------------------------------- */

/* What a walk puts its rows into. */
typedef struct {
    hp_ledger_rows *rows;
    double now;
    bool full; /* memory ran out */
} walk;

static bool
take_row(walk *w, const uint8_t pass[HP_ID], unsigned count, unsigned places, uint32_t left)
{
    hp_ledger_row row = { .count = count, .places = places, .ends = w->now + left };

    memcpy(row.pass, pass, HP_ID);
    w->full = !put(w->rows, &row);
    return !w->full;
}

static bool
take_file_row(void *context, const hp_ledger_file_row *row)
{
    return take_row(context, row->pass, row->count, row->placed, row->left);
}

static bool
take_redis_row(void *context, const hp_redis_row *row)
{
    return take_row(context, row->pass, row->count, row->placed, row->left);
}

static bool
all_taken(const walk *w, hp_error *error)
{
    if (w->full)
        hp_error_set(error, "out of memory");
    return !w->full;
}

static bool
read_file(const char *path, double now, hp_ledger_rows *rows, hp_error *error)
{
    walk w = { .rows = rows, .now = now };

    return hp_ledger_file_each(path, take_file_row, &w, error) && all_taken(&w, error);
}

static bool
ask_redis(const hp_ledger_place *place, double now, hp_ledger_rows *rows, hp_error *error)
{
    hp_redis *redis = hp_redis_open(place, REDIS_MS, error);
    walk w = { .rows = rows, .now = now };
    bool good = redis != NULL && hp_redis_each(redis, take_redis_row, &w, error) &&
                all_taken(&w, error);

    hp_redis_close(redis);
    return good;
}

/* ---- all ------------------------------------------------------------------------------------- */

static int
by_count(const void *a, const void *b)
{
    const hp_ledger_row *one = a, *other = b;

    if (one->count != other->count)
        return one->count > other->count ? -1 : 1;
    if (one->places != other->places)
        return one->places > other->places ? -1 : 1;
    return memcmp(one->pass, other->pass, HP_ID);
}

static int
by_pass(const void *a, const void *b)
{
    const hp_ledger_row *one = a, *other = b;
    int rc = memcmp(one->pass, other->pass, HP_ID);

    return rc != 0 ? rc : by_count(a, b);
}

/* Redis may tell a row twice: the one that was shown more is the later one. */
static void
sort(hp_ledger_rows *rows)
{
    size_t i, n = 0;

    if (rows->n == 0)
        return;
    qsort(rows->all, rows->n, sizeof(*rows->all), by_pass);
    for (i = 0; i < rows->n; i++) {
        if (n == 0 || memcmp(rows->all[n - 1].pass, rows->all[i].pass, HP_ID) != 0)
            rows->all[n++] = rows->all[i];
    }
    rows->n = n;
    qsort(rows->all, rows->n, sizeof(*rows->all), by_count);
}

bool
hp_ledger_rows_read(const hp_policy *policy, const char *from, double now, hp_ledger_rows *rows,
                    hp_error *error)
{
    const hp_ledger_place *place = hp_policy_ledger(policy);
    bool good = false;

    *rows = (hp_ledger_rows){ NULL, 0, 0 };
    if (from != NULL)
        good = fetch_rows(from, now, rows, error);
    else if (place->kind == HP_LEDGER_REDIS)
        good = ask_redis(place, now, rows, error);
    else if (place->kind == HP_LEDGER_FILE)
        good = read_file(place->path, now, rows, error);
    else
        hp_error_set(error, "%s: the ledger is nginx's memory, which only nginx can show: expected "
                     "--from http://127.0.0.1/LOCATION, one with healthpass_status top; (or --door "
                     "pam, for the ledger of PAM)", policy->path);
    sort(rows);
    return good;
}

const char *
hp_ledger_named(const hp_policy *policy, const char *from, char text[HP_LEDGER_NAMED])
{
    const hp_ledger_place *place = hp_policy_ledger(policy);

    if (from != NULL)
        (void)snprintf(text, HP_LEDGER_NAMED, "%.*s", (int)strcspn(from, "?#"), from);
    else if (place->kind == HP_LEDGER_FILE)
        (void)snprintf(text, HP_LEDGER_NAMED, "file:%s", place->path);
    else if (place->path[0] != '\0')
        (void)snprintf(text, HP_LEDGER_NAMED, "unix:%s", place->path);
    else
        (void)snprintf(text, HP_LEDGER_NAMED, "redis://%s:%u/%u", place->host, place->port,
                       place->db);
    return text;
}

bool
hp_ledger_by_day(const hp_policy *policy)
{
    return strcmp(policy->settings.pass_id_scope, "day") == 0;
}

bool
hp_ledger_shown(const hp_policy *policy, size_t nth, uint64_t day, const hp_ledger_row *row,
                uint8_t id[HP_ID])
{
    return hp_identity_shown(policy->identities[nth], hp_str_of(policy->settings.pass_id_scope),
                             hp_ledger_by_day(policy) ? day : 0, row->pass, id);
}
