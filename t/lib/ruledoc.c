/* Rule documents for tests; see ruledoc.h. */
#include "ruledoc.h"

#include "codec/json_node.h"

#include <stdio.h>
#include <stdlib.h>

#define MEMBERS 13

static void
check(bool good, const char *what)
{
    if (!good) {
        fprintf(stderr, "ruledoc: %s\n", what);
        abort();
    }
}

static const char *
kind_of(const char *identifier)
{
    switch (identifier[0]) {
    case 'V':
        return "\"Vaccination\"";
    case 'T':
        return "\"Test\"";
    case 'R':
        return "\"Recovery\"";
    default:
        return "\"General\"";
    }
}

/* What a test says of this member: not named at all, left out, or a value. */
static const ruledoc_member *
said(const ruledoc_member *members, const char *name)
{
    for (; members->name != NULL; members++) {
        if (strcmp(members->name, name) == 0)
            return members;
    }
    return NULL;
}

static hp_str
with(hp_str document, const char *name, const char *value)
{
    if (value == NULL)
        return document;
    return MAKER_JOIN(document, document.n == 1 ? HP_STR("\"") : HP_STR(",\""), hp_str_of(name),
                      HP_STR("\":"), hp_str_of(value));
}

hp_str
ruledoc_with(const char *identifier, const ruledoc_member *members)
{
    const char *quoted = maker_c_string(maker_print("\"%s\"", identifier));
    const char *country = maker_c_string(maker_print("\"%.2s\"", identifier + 3));
    const ruledoc_member usual[MEMBERS] = {
        { "Identifier", quoted },
        { "Type", identifier[0] == 'I' ? "\"Invalidation\"" : "\"Acceptance\"" },
        { "Country", country },
        { "Version", "\"1.0.0\"" },
        { "SchemaVersion", "\"1.0.0\"" },
        { "Engine", "\"CERTLOGIC\"" },
        { "EngineVersion", "\"1.0.0\"" },
        { "CertificateType", kind_of(identifier) },
        { "Description", "[{\"lang\":\"en\",\"desc\":\"A rule that was made for a test.\"}]" },
        { "ValidFrom", "\"2021-01-01T00:00:00Z\"" },
        { "ValidTo", "\"2022-01-01T00:00:00Z\"" },
        { "AffectedFields", "[\"dob\"]" },
        { "Logic", "{\"!\":[false]}" }
    };
    hp_str document = HP_STR("{");

    for (size_t i = 0; i < MEMBERS; i++) {
        const ruledoc_member *other = said(members, usual[i].name);

        document = with(document, usual[i].name, other != NULL ? other->value : usual[i].value);
    }
    for (; members->name != NULL; members++) {
        bool known = false;

        for (size_t i = 0; i < MEMBERS; i++)
            known = known || strcmp(members->name, usual[i].name) == 0;
        if (!known)
            document = with(document, members->name, members->value);
    }
    return MAKER_JOIN(document, HP_STR("}"));
}

hp_ruleset *
ruledoc_set(const hp_str *documents)
{
    hp_ruleset *set = hp_ruleset_new();
    hp_error error = { "no memory" };
    bool good = set != NULL;

    for (; good && documents->n > 0; documents++)
        good = hp_ruleset_add_text(set, "test", *documents, NULL, NULL, &error);
    good = good && hp_ruleset_close(set, &error);
    check(good, error.text);
    return set;
}

/* Trees are small and tests end: nothing is given back but at the end of the program. */
static hp_json *held[4096];
static size_t n_held;

static void
let_go(void)
{
    while (n_held > 0)
        hp_json_free(held[--n_held]);
}

const hp_node *
ruledoc_tree(hp_str json)
{
    static uint8_t memory[64u << 20];
    static hp_arena arena;
    const hp_node *node = NULL;
    hp_error error = { "" };

    if (arena.base == NULL) {
        arena = hp_arena_over(memory, sizeof(memory));
        check(atexit(let_go) == 0, "atexit");
    }
    check(n_held < sizeof(held) / sizeof(held[0]), "too many trees");
    held[n_held] = hp_json_load_data(json, 1u << 20, &error);
    check(held[n_held] != NULL, error.text);
    check(hp_json_node(held[n_held++], &arena, &node), "the arena is full");
    return node;
}

const hp_node *
ruledoc_data(const hp_node *payload, const hp_node *external)
{
    static hp_node map, pairs[4];
    size_t n = 0;

    if (payload != NULL) {
        pairs[n] = (hp_node){ .kind = HP_NODE_TEXT, .str = HP_STR("payload") };
        pairs[n + 1] = *payload;
        n += 2;
    }
    if (external != NULL) {
        pairs[n] = (hp_node){ .kind = HP_NODE_TEXT, .str = HP_STR("external") };
        pairs[n + 1] = *external;
        n += 2;
    }
    for (size_t i = 0; i < n; i++)
        pairs[i].next = i + 1 < n ? &pairs[i + 1] : NULL;
    map = (hp_node){ .kind = HP_NODE_MAP, .count = (uint32_t)(n / 2) };
    map.child = n > 0 ? pairs : NULL;
    return &map;
}
