/* Reports of revocation indexes; see revoke_report.h. */
#include "cli/revoke_report.h"

#include "base/hex.h"
#include "base/time.h"
#include "cli/cli.h"
#include "cli/trust_report.h"

#define LABEL "  %-16s"

static const char *
status_of(const hp_source *source, double now)
{
    hp_report_terms terms = { .now = now, .warn_age = HP_REVOKED_WARN, .max_age = HP_REVOKED_MAX };

    return hp_source_status(source, &terms);
}

hp_revoke_content
hp_revoke_content_of(const hp_index *index, size_t nth, double now)
{
    hp_revoke_content content = { 0, 0, 0 };
    hp_batch batch;
    hp_slice slice;
    uint32_t i;

    for (i = 0; i < hp_index_batches(index); i++) {
        if (!hp_index_batch(index, i, &batch) || batch.source != nth || batch.expires <= now)
            continue;
        content.batches++;
        content.end = batch.expires > content.end ? batch.expires : content.end;
    }
    for (i = 0; i < hp_index_slices(index); i++)
        content.filters += hp_index_slice(index, i, &slice) &&
                           hp_index_batch(index, slice.batch, &batch) && batch.source == nth &&
                           batch.expires > now;
    return content;
}

/* ---- for people ----------------------------------------------------------------------------- */

static void
put_signer(const hp_source *s, FILE *to)
{
    char hex[HP_HEX_TEXT(HP_SHA256)];

    hp_hex_write((hp_str){ s->signer, HP_SHA256 }, hex);
    if (s->is_signed)
        fprintf(to, LABEL "%s (SHA-256)\n", "signed by", hex);
    else
        fprintf(to, LABEL "nobody: UNSIGNED\n", "signed by");
}

static void
put_times(const hp_source *s, double now, FILE *to)
{
    char text[HP_TIME_TEXT], age[HP_AGE_TEXT];

    if (s->issued != 0) {
        hp_time_write(s->issued, text);
        fprintf(to, LABEL "%s\n", "newest entry", text);
    }
    hp_time_write(s->fetched, text);
    fprintf(to, LABEL "%s\n", "taken in", text);
    hp_age_write(now - s->dated, age);
    fprintf(to, LABEL "%s, %s\n", "age", s->dated != 0 ? age : "has none", status_of(s, now));
    if (s->max_age != 0) {
        hp_age_write(s->max_age, age);
        fprintf(to, LABEL "%s\n", "stale after", age);
    }
}

static void
put_content(const hp_source *s, const hp_revoke_content *content, FILE *to)
{
    char text[HP_TIME_TEXT];
    const char *end = content->end == 0 ? "nothing is listed" : "never";

    fprintf(to, LABEL "%u in %u batches, and %u filters\n", "entries", s->entries,
            content->batches, content->filters);
    hp_time_write(content->end, text);
    fprintf(to, LABEL "%s\n", "last end",
            content->end == 0 || content->end == HP_TIME_LAST ? end : text);
}

void
hp_revoke_report(const hp_index *index, size_t nth, double now, FILE *to)
{
    const hp_source *s = hp_index_source(index, nth);
    hp_revoke_content content = hp_revoke_content_of(index, nth, now);

    hp_cli_put_safe(hp_str_of(s->name), to);
    fputs(": ", to);
    hp_cli_put_safe(hp_str_of(s->feed), to);
    putc('\n', to);
    put_signer(s, to);
    put_times(s, now, to);
    put_content(s, &content, to);
}

void
hp_revoke_report_head(const char *path, const hp_index *index, double now, FILE *to)
{
    char made[HP_TIME_TEXT], age[HP_AGE_TEXT];

    hp_time_write(hp_index_made(index), made);
    hp_age_write(now - hp_index_made(index), age);
    hp_cli_put_safe(hp_str_of(path), to);
    fprintf(to, ": made %s, %s ago: %ju entries in %u batches, and %u filters, of %zu lists\n",
            made, age, (uintmax_t)hp_index_entries(index), hp_index_batches(index),
            hp_index_slices(index), hp_index_sources(index));
}

/* ---- for scripts ---------------------------------------------------------------------------- */

static void
set_time(hp_json *json, const char *name, double t)
{
    char text[HP_TIME_TEXT];

    hp_time_write(t, text);
    if (t == 0 || t == HP_TIME_LAST)
        hp_json_set_null(json, name);
    else
        hp_json_set_text(json, name, hp_str_of(text));
}

static void
set_seconds(hp_json *json, const char *name, double seconds, bool known)
{
    if (known)
        hp_json_set_int(json, name, (long long)seconds);
    else
        hp_json_set_null(json, name);
}

hp_json *
hp_revoke_report_json(const hp_index *index, size_t nth, double now)
{
    const hp_source *s = hp_index_source(index, nth);
    hp_revoke_content content = hp_revoke_content_of(index, nth, now);
    char hex[HP_HEX_TEXT(HP_SHA256)];
    hp_json *json = hp_json_object();

    hp_hex_write((hp_str){ s->signer, HP_SHA256 }, hex);
    hp_json_set_text(json, "name", hp_str_of(s->name));
    hp_json_set_text(json, "kind", hp_str_of(s->feed));
    hp_json_set_bool(json, "signed", s->is_signed);
    if (s->is_signed)
        hp_json_set_text(json, "signed_by", hp_str_of(hex));
    else
        hp_json_set_null(json, "signed_by");
    hp_json_set_text(json, "status", hp_str_of(status_of(s, now)));
    set_time(json, "issued", s->issued);
    set_time(json, "dated", s->dated);
    set_time(json, "fetched", s->fetched);
    set_seconds(json, "age", now - s->dated, s->dated != 0);
    set_seconds(json, "max_age", s->max_age, s->max_age != 0);
    hp_json_set_int(json, "entries", s->entries);
    hp_json_set_int(json, "batches", content.batches);
    hp_json_set_int(json, "filters", content.filters);
    set_time(json, "last_end", content.end);
    return json;
}

hp_json *
hp_revoke_report_head_json(const char *path, const hp_index *index, double now)
{
    hp_json *json = hp_json_object();

    hp_json_set_text(json, "index", hp_str_of(path));
    set_time(json, "made", hp_index_made(index));
    hp_json_set_int(json, "age", (long long)(now - hp_index_made(index)));
    hp_json_set_int(json, "entries", (long long)hp_index_entries(index));
    hp_json_set_int(json, "batches", hp_index_batches(index));
    hp_json_set_int(json, "filters", hp_index_slices(index));
    return json;
}
