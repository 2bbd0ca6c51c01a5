/* The texts of a MANIFEST and of an override: within bounds, or an error that says why. */
#include "fuzz.h"

#include "base/time.h"
#include "check/manifest.h"
#include "policy/override.h"

/* A path that could leave the folder, or that a log would obey. */
static bool
is_tame(hp_str path)
{
    size_t i;

    for (i = 0; i < path.n; i++) {
        if (path.p[i] < ' ' || path.p[i] == '\\' || path.p[i] == 0x7f)
            return false;
        if (path.p[i] == '/' && (i == 0 || i + 1 == path.n || path.p[i + 1] == '/'))
            return false;
    }
    return path.n > 0 && memmem(path.p, path.n, "/../", 4) == NULL &&
           !hp_str_starts(path, HP_STR("../")) && !hp_str_eq(path, HP_STR(".."));
}

static void
check_manifest(hp_str text)
{
    hp_manifest m = { .n = 0 };
    hp_error error = { "" };
    size_t i;

    if (!hp_manifest_read("M", text, &m, &error)) {
        MUST(strncmp(error.text, "M:", 2) == 0 && m.files == NULL && m.n == 0);
        return;
    }
    MUST(m.n <= HP_MANIFEST_FILES && m.n <= text.n / 67);
    MUST(m.issued >= 0 && m.issued <= HP_TIME_LAST);
    MUST(m.expires == 0 || (m.expires > m.issued && m.expires <= HP_TIME_LAST));
    for (i = 0; i < m.n; i++)
        MUST(is_tame(m.files[i].path) && !m.files[i].seen);
    hp_manifest_free(&m);
}

static void
check_override(hp_str text)
{
    hp_override o;
    hp_error error = { "" };

    if (!hp_override_read("O", text, &o, &error)) {
        MUST(strncmp(error.text, "O:", 2) == 0 && o.until == 0 && o.by[0] == 0);
        MUST(!hp_override_allows(&o, 0) && !hp_override_allows(&o, 1625097600.0));
        return;
    }
    MUST(o.made > 0 && o.until > o.made && o.until <= o.made + HP_OVERRIDE_MOST);
    MUST(strlen(o.by) > 0 && strlen(o.reason) > 0 && strchr(o.reason, '\n') == NULL);
    MUST(hp_override_allows(&o, o.made) && !hp_override_allows(&o, o.until));
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    check_manifest((hp_str){ p, n });
    check_override((hp_str){ p, n });
    return 0;
}

#define HEX "0123456789abcdef0123456789ABCDEF0123456789abcdef0123456789abcdef"

void
fuzz_seeds(void (*put)(const char *name, hp_str seed))
{
    put("manifest", HP_STR("# issued: 2026-12-05T10:00:00Z\n# expires: 2026-12-12T10:00:00Z\n"
        "# environment: prod\n" HEX "  DE/a.pem\n" HEX " *./b.pem\n"));
    put("bare", HP_STR(HEX "  a\n" HEX "  b\n" HEX "  b/c\n"));
    put("doubled", HP_STR(HEX "  a\n" HEX "  ./a\n"));
    put("climbing", HP_STR(HEX "  x/../../etc/passwd\n"));
    put("escaped", HP_STR("\\" HEX "  a\\nb\n"));
    put("comments", HP_STR("# a b: c\n#\n# issue: 1\n"));
    put("override", HP_STR("version: 1\nallows: stale\nmade: 2026-12-05T20:10:00Z\n"
        "until: 2026-12-06T02:10:00Z\nby: J. Doe\nreason: no network\n"));
    put("long", HP_STR("version: 1\nallows: stale\nmade: 2026-12-05T20:10:00Z\n"
        "until: 9999-12-31T23:59:59Z\nby: x\nreason: y\n"));
}
