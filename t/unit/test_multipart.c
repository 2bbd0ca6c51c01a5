/* Parts of multipart/form-data: read in one way, or not at all. */
#include "unit.h"

#include "../../ngx_module/hp_multipart.h"
#include "maker.h"

#define TYPE "multipart/form-data; boundary=XY"
#define FIELD(name) "Content-Disposition: form-data; name=\"" name "\"\r\n"
#define FORM(head, value) "--XY\r\n" head "\r\n" value "\r\n--XY--\r\n"

/* All parts as "name=value;", a file with '*' behind its name; NULL for a bad body. */
static const char *
parts(hp_str type, hp_str body)
{
    static char all[4096];
    hp_multipart m = hp_multipart_of(type, guard_end(body));
    hp_part part;
    size_t n = 0;

    all[0] = '\0';
    while (hp_multipart_next(&m, &part))
        n += (size_t)sprintf(all + n, "%.*s%s=%.*s;", (int)part.name.n, (const char *)part.name.p,
                             part.file ? "*" : "", (int)part.value.n, (const char *)part.value.p);
    return m.bad ? NULL : all;
}

typedef struct {
    const char *body, *want;
} body_case;

static void
must_read(const char *type, const body_case *table, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char *got = parts(hp_str_of(type), hp_str_of(table[i].body));

        if (got == NULL ? table[i].want != NULL
                        : table[i].want == NULL || strcmp(got, table[i].want) != 0)
            fail_msg("%s\n: %s", table[i].body, got == NULL ? "bad" : got);
    }
}

static void
bodies(void **state)
{
    static const body_case table[] = {
        { FORM(FIELD("pass"), "x"), "pass=x;" }, { FORM(FIELD("pass"), ""), "pass=;" },
        { FORM(FIELD("pass"), "a\r\nb\r\n"), "pass=a\r\nb\r\n;" },
        { FORM(FIELD("pass"), "\r\n"), "pass=\r\n;" },
        { FORM(FIELD("a"), "\xc3\xbc\x01"), "a=\xc3\xbc\x01;" },
        { "--XY\r\n" FIELD("a") "\r\n1\r\n--XY\r\n" FIELD("b") "\r\n2\r\n--XY--", "a=1;b=2;" },
        { "--XY\r\n" FIELD("a") "\r\n1\r\n--XY\r\n" FIELD("a") "\r\n2\r\n--XY--", "a=1;a=2;" },
        { "--XY--", "" }, { "--XY--\r\n", "" },
        /* before and behind */
        { "read me\r\n" FORM(FIELD("a"), "1") "the end", "a=1;" }, { "\r\n" FORM(FIELD("a"), "1"), "a=1;" },
        { "x" FORM(FIELD("a"), "1"), NULL }, { "\n" FORM(FIELD("a"), "1"), NULL },
        { FORM(FIELD("a"), "1") FORM(FIELD("a"), "2"), NULL },
        { "--XY\r\n" FIELD("a") "\r\n1\r\n--XY--x", NULL },
        { "--XY\r\n" FIELD("a") "\r\n1\r\n--XY--\r\nx--XY", NULL },
        /* no end, no beginning, half of one */
        { "", NULL }, { "XY", NULL }, { "--XY", NULL }, { "--XY\r\n", NULL }, { "--XY-", NULL },
        { "--XY\r\n" FIELD("a") "\r\n1", NULL }, { "--XY\r\n" FIELD("a") "\r\n1\r\n--XY", NULL },
        { "--XY\r\n" FIELD("a") "\r\n1\r\n--XY\r\n", NULL }, { "--XY\r\n" FIELD("a") "\r\n1--XY--", NULL },
        { "--XY\r\n" FIELD("a") "\r\n1\r\n--XZ--", NULL }, { "--XZ\r\n" FIELD("a") "\r\n1\r\n--XZ--", NULL },
        /* a delimiter that only some take for one */
        { FORM(FIELD("a"), "1\n--XY\n" FIELD("b") "\n2"), NULL },
        { FORM(FIELD("a"), "1\r\n--XY \r\n" FIELD("b") "\r\n2"), NULL },
        { FORM(FIELD("a"), "1\r\n--XYZ\r\n"), NULL }, { FORM(FIELD("a"), "1--XY2"), NULL },
        { "--XY" FIELD("a") "\r\n1\r\n--XY--", NULL }, { FORM(FIELD("a"), "\r\n---XY"), NULL }, { FORM(FIELD("a") "--XY: 1\r\n", "1"), NULL },
        { FORM(FIELD("a"), "XY -XY - -XY"), "a=XY -XY - -XY;" },
        /* no head, or none that ends */
        { FORM("", "1"), NULL }, { "--XY\r\n" FIELD("a") "\r\n--XY--", NULL },
        { "--XY\r\n" FIELD("a") "1\r\n--XY--", NULL },
    };

    (void)state;
    must_read(TYPE, table, COUNT(table));
}

static void
heads(void **state)
{
    static const body_case table[] = {
        { FORM("content-DISPOSITION:form-data;name=pass\r\n", "x"), "pass=x;" },
        { FORM("Content-Disposition: \t FORM-data ; name=\"pass\" \r\n", "x"), "pass=x;" },
        { FORM("Content-Type: text/plain\r\n" FIELD("pass"), "x"), "pass=x;" },
        { FORM("Content-Disposition: form-data; x=y; name=\"a;b=\xc3\xbc\"\r\n", "x"), "a;b=\xc3\xbc=x;" },
        /* files */
        { FORM("Content-Disposition: form-data; name=\"p\"; filename=\"C:\\x.png\"\r\n", "1"), "p*=1;" },
        { FORM("Content-Disposition: form-data; filename=\"\"; name=p\r\n", ""), "p*=;" },
        { FORM("Content-Disposition: form-data; name=p; filename*=UTF-8''x\r\n", "1"), "p*=1;" },
        { FORM("Content-Disposition: form-data; name=p; FileName=x\r\n", "1"), "p*=1;" },
        { FORM("Content-Disposition: form-data; name=a; filename=\"b\\\"\r\n", "x"), NULL },
        /* whose name is in doubt */
        { FORM("Content-Disposition: form-data\r\n", "x"), NULL },
        { FORM("Content-Disposition: form-data; name=\"\"\r\n", "x"), NULL },
        { FORM("Content-Disposition: form-data; name=\r\n", "x"), NULL },
        { FORM("Content-Disposition: form-data; name=a; name=b\r\n", "x"), NULL },
        { FORM("Content-Disposition: form-data; name=a; NAME=b\r\n", "x"), NULL },
        { FORM("Content-Disposition: form-data; name=a; name*=UTF-8''b\r\n", "x"), NULL },
        { FORM("Content-Disposition: form-data; name=\"a\\\"; name=\"b\"\r\n", "x"), NULL },
        { FORM("Content-Disposition: form-data; name=\"a\\b\"\r\n", "x"), NULL },
        { FORM("Content-Disposition: form-data; name=\"a\"b\"\r\n", "x"), NULL },
        { FORM("Content-Disposition: form-data; name=\"a\r\n", "x"), NULL },
        { FORM("Content-Disposition: form-data; name=a b\r\n", "x"), NULL },
        { FORM("Content-Disposition: form-data; name=a;\r\n", "x"), NULL },
        { FORM("Content-Disposition: form-data, name=a\r\n", "x"), NULL },
        { FORM("Content-Disposition: form-data; name =a\r\n", "x"), NULL },
        { FORM("Content-Disposition: attachment; name=a\r\n", "x"), NULL },
        { FORM(FIELD("a") FIELD("a"), "x"), NULL }, { FORM("Content-Type: text/plain\r\n", "x"), NULL },
        /* lines */
        { FORM("Content-Disposition : form-data; name=a\r\n", "x"), NULL },
        { FORM("Content-Disposition: form-data;\r\n name=a\r\n", "x"), NULL },
        { FORM(FIELD("a") ": x\r\n", "x"), NULL }, { FORM(FIELD("a") " folded\r\n", "x"), NULL }, { FORM(FIELD("a") "no colon\r\n", "x"), NULL },
        { FORM(FIELD("a") "X: \n\r\n", "x"), NULL }, { FORM(FIELD("a") "X: a\rb\r\n", "x"), NULL },
        { FORM(FIELD("a") "X: \x7f\r\n", "x"), NULL }, { FORM("X: 1\n" FIELD("a"), "x"), NULL },
        { FORM(FIELD("a") "X: a\tb\r\nY:\r\n", "x"), "a=x;" },
        /* encodings */
        { FORM(FIELD("a") "Content-Transfer-Encoding: 7bit\r\n", "x"), "a=x;" },
        { FORM(FIELD("a") "Content-Transfer-Encoding: 8BIT\r\n", "x"), "a=x;" },
        { FORM("content-transfer-encoding:binary\r\n" FIELD("a"), "x"), "a=x;" },
        { FORM(FIELD("a") "Content-Transfer-Encoding: base64\r\n", "eA=="), NULL },
        { FORM(FIELD("a") "Content-Transfer-Encoding: quoted-printable\r\n", "x"), NULL },
        { FORM(FIELD("a") "Content-Transfer-Encoding:\r\n", "x"), NULL },
        { FORM(FIELD("a") "Content-Transfer-Encoding: 8bit, 8bit\r\n", "x"), NULL },
    };

    (void)state;
    must_read(TYPE, table, COUNT(table));
}

/* A zero byte ends nothing. */
static void
zeros(void **state)
{
    (void)state;
    assert_null(parts(HP_STR(TYPE), HP_STR(FORM(FIELD("a\0b"), "x"))));
    assert_string_equal(parts(HP_STR(TYPE), HP_STR("--XY\r\n" FIELD("a") "\r\n1\r\n--XY\r\n"
        FIELD("b") "\r\n\0\r\n--XY--")), "a=1;b=;");
    assert_null(parts(HP_STR(TYPE "\0"), HP_STR(FORM(FIELD("a"), "x"))));
}

static void
boundaries(void **state)
{
    static const struct {
        const char *type;
        bool good;
    } table[] = {
        { TYPE, true }, { "MULTIPART/form-data;Boundary=\"XY\"", true },
        { "multipart/form-data ; charset=utf-8; boundary=XY", true },
        { "multipart/form-data", false }, { "multipart/form-data;", false }, { "", false },
        { "multipart/form-data; boundary=", false }, { "multipart/form-data; boundary=\"\"", false },
        { TYPE "; boundary=XY", false }, { TYPE "; boundary*=utf-8''XZ", false },
        { "multipart/form-data; boundary*0=X; boundary*1=Y", false },
        { "multipart/form-data; boundary=\"XY", false }, { "multipart/form-data; boundary=XY Z", false },
        { "multipart/form-data; boundary=\"XY\\\"", false }, { "multipart/form-data boundary=XY", false },
        { "multipart/form-data; boundary=XY, x", false }, { "multipart/form-data; boundaries=XY", false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        hp_multipart m = hp_multipart_of(guard_end(hp_str_of(table[i].type)),
                                         HP_STR(FORM(FIELD("a"), "x")));

        if (m.bad == table[i].good)
            fail_msg("%s", table[i].type);
    }
}

static bool
bounded_by(const char *boundary)
{
    hp_str body = maker_print("--%s\r\n" FIELD("a") "\r\nx\r\n--%s--", boundary, boundary);
    const char *got = parts(maker_print("multipart/form-data; boundary=\"%s\"", boundary), body);

    return got != NULL && strcmp(got, "a=x;") == 0;
}

static void
characters_of_boundaries(void **state)
{
    char longest[] = "1234567890123456789012345678901234567890123456789012345678901234567890?";

    (void)state;
    assert_true(bounded_by("----WebKitFormBoundaryaZ09"));
    assert_true(bounded_by("0'()+_,-./:=? z"));
    assert_true(bounded_by("-"));
    assert_false(bounded_by("a "));
    assert_false(bounded_by("a!"));
    assert_false(bounded_by("\xc3\xbc"));
    assert_false(bounded_by(longest));
    longest[HP_MULTIPART_BOUNDARY] = '\0';
    assert_true(bounded_by(longest));
}

/* A part with that many header lines, filled up to that many bytes. */
static bool
has_room_for(unsigned lines, unsigned bytes)
{
    static const char first[] = FIELD("a");
    char head[2 * HP_MULTIPART_HEAD];
    size_t n = sizeof(first) - 1;

    memcpy(head, first, n);
    for (unsigned i = 1; i < lines; i++)
        n += (size_t)sprintf(head + n, "X:%*s\r\n", i + 1 < lines ? 0 : (int)(bytes - n) - 6, "");
    return parts(HP_STR(TYPE), maker_print("--XY\r\n%.*s\r\nx\r\n--XY--", (int)n, head)) != NULL;
}

static void
limits(void **state)
{
    (void)state;
    assert_true(has_room_for(HP_MULTIPART_LINES, 200));
    assert_false(has_room_for(HP_MULTIPART_LINES + 1, 200));
    assert_true(has_room_for(2, HP_MULTIPART_HEAD));
    assert_false(has_room_for(2, HP_MULTIPART_HEAD + 1));
}

static void
names(void **state)
{
    static const struct {
        const char *spelled, *name;
        bool want;
    } table[] = {
        { "pass", "pass", true }, { "pass[]", "pass[]", true }, { "Pass", "pass", false },
        { "pas", "pass", false }, { "passe", "pass", false }, { "p%61ss", "pass", false },
        { "a%22b", "a\"b", true }, { "a%22b", "a%22b", true }, { "a%22", "a", false },
        { "%0D%0A", "\r\n", true }, { "%0d%0a", "\r\n", true }, { "%2", "%2", true },
        { "%25", "%", false }, { "%22%22", "\"", false }, { "\xc3\xbc", "\xc3\xbc", true },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        hp_part part = { .name = guard_end(hp_str_of(table[i].spelled)) };

        if (hp_part_is_called(&part, hp_str_of(table[i].name)) != table[i].want)
            fail_msg("%s", table[i].spelled);
    }
}

static void
aliases(void **state)
{
    static const struct {
        const char *spelled;
        bool want;
    } table[] = {
        { "my_name", false }, { "my_name[]", true }, { "my_name[0]", true }, { " my_name", true },
        { "my.name", true }, { "my_names", false }, { "my_nam", false }, { "%20my_name", false },
        { "my_name%22", false }, { " ", false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        hp_part part = { .name = guard_end(hp_str_of(table[i].spelled)) };

        if (hp_part_is_alias(&part, HP_STR("my_name")) != table[i].want)
            fail_msg("%s", table[i].spelled);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(bodies),
    cmocka_unit_test(heads),
    cmocka_unit_test(zeros),
    cmocka_unit_test(boundaries),
    cmocka_unit_test(characters_of_boundaries),
    cmocka_unit_test(limits),
    cmocka_unit_test(names),
    cmocka_unit_test(aliases),
};

UNIT_MAIN(tests)
