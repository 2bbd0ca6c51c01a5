/* Reads the one table of answers; see reason.h. */
#include "reason.h"

#include <stddef.h>

enum stage {
#define X(name, word) STAGE_##name,
    HP_STAGES(X)
#undef X
};

enum group {
#define X(name, word, title, advice) GROUP_##name,
    HP_GROUPS(X)
#undef X
};

static const char *const stage_words[] = {
#define X(name, word) word,
    HP_STAGES(X)
#undef X
};

static const struct {
    const char *word, *title, *advice;
} groups[] = {
#define X(name, word, title, advice) { word, title, advice },
    HP_GROUPS(X)
#undef X
};

static const struct {
    hp_reason id;
    const char *advice;
} own_advice[] = {
#define X(name, advice) { HP_##name, advice },
    HP_ADVICE(X)
#undef X
};

/* The first row is HP_FAULT: what a number that stands nowhere is taken for. */
static const struct row {
    hp_reason id;
    int http;
    enum stage stage;
    enum group group;
    const char *word, *text;
} rows[] = {
#define X(name, id, word, http, auth, account, stage, group, text) \
    { HP_##name, http, STAGE_##stage, GROUP_##group, word, text },
    HP_REASONS(X)
#undef X
};

static const struct row *
find(hp_reason r)
{
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].id == r)
            return &rows[i];
    }
    return &rows[0];
}

const char *
hp_reason_name(hp_reason r)
{
    return find(r)->word;
}

const char *
hp_reason_stage(hp_reason r)
{
    return stage_words[find(r)->stage];
}

const char *
hp_reason_group(hp_reason r)
{
    return groups[find(r)->group].word;
}

const char *
hp_reason_text(hp_reason r)
{
    return find(r)->text;
}

const char *
hp_reason_title(hp_reason r)
{
    return groups[find(r)->group].title;
}

const char *
hp_reason_advice(hp_reason r)
{
    size_t i;

    for (i = 0; i < sizeof(own_advice) / sizeof(own_advice[0]); i++) {
        if (own_advice[i].id == r)
            return own_advice[i].advice;
    }
    return groups[find(r)->group].advice;
}

int
hp_reason_http(hp_reason r)
{
    return find(r)->http;
}

bool
hp_reason_is_fault(hp_reason r)
{
    return find(r)->stage == STAGE_FAULT;
}

bool
hp_reason_is_withdrawn(hp_reason r)
{
    return find(r)->stage == STAGE_REVOCATION;
}
