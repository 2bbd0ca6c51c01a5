/*
 * PAM stacks as pam-check reads them: lines and words, and how libpam decides; the latter beside
 * the real libpam, with pam_debug in all places.
 */
#include "unit.h"

#include <security/pam_appl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/stack.h"

#ifdef __SANITIZE_ADDRESS__
#define ROUNDS 100
#else
#define ROUNDS 600
#endif

static hp_stack_line line;

/* The only line of the text, from memory that ends where the text does. */
static void
read_line(const char *text)
{
    hp_stack_reader reader = { guard_end(hp_str_of(text)), 0 };

    alloc_start(0);
    assert_true(hp_stack_read(&reader, &line));
    assert_int_equal(alloc_calls(), 0);
}

static void
words_are_those_of_libpam(void **state)
{
    hp_stack_reader reader = { HP_STR(""), 0 };

    (void)state;
    read_line("auth\trequired pam_x.so a=b [c d\\]e]f \"g h\"");
    assert_int_equal(line.type, HP_STACK_AUTH);
    assert_string_equal(line.module, "pam_x.so");
    assert_int_equal(line.argc, 5);
    assert_string_equal(line.argv[0], "a=b");
    assert_string_equal(line.argv[1], "c d]e");
    assert_string_equal(line.argv[2], "f");
    assert_string_equal(line.argv[3], "\"g");
    read_line("session [success=2 auth_err = die default=ignore] x");
    assert_int_equal(line.actions[0], 2);
    assert_int_equal(line.actions[7], HP_STACK_DIE);
    assert_int_equal(line.actions[HP_STACK_IGNORE], HP_STACK_PASSES_BY);
    read_line("account [success=ok] x");
    assert_int_equal(line.actions[7], HP_STACK_BAD);
    read_line("\n# c\n\n -PASSWORD \\\n#d\n include x#y\nz");
    assert_int_equal(line.number, 4);
    assert_int_equal(line.type, HP_STACK_PASSWORD);
    assert_int_equal(line.kind, HP_STACK_INCLUDE);
    assert_string_equal(line.module, "x");
    assert_false(hp_stack_read(&reader, &line));
    assert_null(line.wrong);
}

static void
what_libpam_cannot_read_is_broken(void **state)
{
    static const char *const texts[] = {
        "required pam_x.so", "auth", "auth required", "auth [success=0] x", "auth [success] x",
        "auth [nonsense=ok] x", "auth [success=okay] x", "@include", "[", "auth [default=] x",
        "auth required x \\\n\n", "auth include x \\", "\\\n\\",
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(texts); i++) {
        read_line(texts[i]);
        assert_int_equal(line.kind, HP_STACK_BROKEN);
        assert_non_null(line.wrong);
        assert_int_equal(line.actions[6], HP_STACK_BAD);
    }
}

/* ---- beside libpam ---------------------------------------------------------------- */

static char folder[] = "/tmp/healthpass-stack-XXXXXX";
static unsigned chance = 7;

static unsigned
below(unsigned n)
{
    chance = chance * 1664525u + 1013904223u;
    return (chance >> 8) % n;
}

static void
write_file(const char *name, const char *text)
{
    char path[128];
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* Lines with one answer each, which pam_debug gives. */
static void
make_lines(char *text, size_t room, unsigned n, bool resets)
{
    static const char *const controls[] = {
        "required", "requisite", "sufficient", "optional", "[success=1 default=ignore]",
        "[success=2 auth_err=1 default=die]", "[success=done default=die]",
        "[success=ok default=bad]", "[success=ignore auth_err=ok default=3]", "[default=done]",
        "[success=reset default=reset]", "[auth_err=reset success=ok default=ignore]",
    };
    static const char *const answers[] = { "success", "success", "auth_err", "ignore", "maxtries",
                                           "new_authtok_reqd" };
    size_t used = 0;

    for (text[0] = '\0'; n > 0; n--)
        used += (size_t)snprintf(text + used, room - used, "auth %s pam_debug.so auth=%s\n",
                                 controls[below(resets ? 12 : 10)], answers[below(6)]);
}

/* pam_debug tells its answer to the conversation. */
static int
converse(int n, const struct pam_message **message, struct pam_response **response, void *data)
{
    (void)message;
    (void)data;
    *response = calloc((size_t)n, sizeof(**response));
    return *response == NULL ? PAM_BUF_ERR : PAM_SUCCESS;
}

static bool
libpam_says(void)
{
    const struct pam_conv conv = { converse, NULL };
    pam_handle_t *handle;
    int rc;

    assert_int_equal(pam_start_confdir("demo", "root", &conv, folder, &handle), PAM_SUCCESS);
    rc = pam_authenticate(handle, 0);
    (void)pam_end(handle, rc);
    return rc == PAM_SUCCESS;
}

/* The answer that a line of pam_debug names. */
static int
answer_of(const hp_stack_entry *entry)
{
    int code;

    for (code = 0; code < HP_STACK_CODES; code++) {
        if (entry->line.argc > 0 && strcmp(entry->line.argv[0] + 5, hp_stack_code(code)) == 0)
            return code;
    }
    return 6; /* of a broken line: perm_denied */
}

static bool
we_say(void)
{
    const hp_stack_places places = { { folder, NULL } };
    int answers[HP_STACK_MOST];
    hp_stack_row row;
    hp_stack stack;
    hp_error error;
    bool says;
    size_t i;

    assert_true(hp_stack_load(&places, "demo", &stack, &error));
    hp_stack_row_of(&stack, HP_STACK_AUTH, &row);
    for (i = 0; i < row.n; i++)
        answers[i] = answer_of(row.entry[i]);
    says = hp_stack_decide(&row, answers);
    hp_stack_free(&stack);
    return says;
}

static void
a_stack_decides_as_libpam_does(void **state)
{
    char head[2048], tail[2048], inner[2048], text[8192], path[128];
    size_t i, good = 0;

    (void)state;
    assert_non_null(mkdtemp(folder));
    /* Debian's libpam looks for what is included in /etc/pam.d unless its path is whole. */
    (void)snprintf(path, sizeof(path), "%s/inner", folder);
    for (i = 0; i < ROUNDS; i++) {
        make_lines(head, sizeof(head), below(4), true);
        make_lines(inner, sizeof(inner), below(4), false);
        make_lines(tail, sizeof(tail), below(4), true);
        write_file("inner", inner);
        (void)snprintf(text, sizeof(text), "%s%s %s\n%s", head,
                       below(2) == 0 ? "auth substack" : "@include", path, tail);
        write_file("demo", text);
        if (we_say() != libpam_says()) {
            print_message("# libpam decides otherwise:\n%s# inner:\n%s", text, inner);
            fail();
        }
        good += we_say();
    }
    assert_in_range(good, ROUNDS / 10, ROUNDS - ROUNDS / 10);
    write_file("other", "");
    (void)unlink(path);
    (void)snprintf(path, sizeof(path), "%s/demo", folder);
    (void)unlink(path);
    (void)snprintf(path, sizeof(path), "%s/other", folder);
    (void)unlink(path);
    assert_int_equal(rmdir(folder), 0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(words_are_those_of_libpam),
    cmocka_unit_test(what_libpam_cannot_read_is_broken),
    cmocka_unit_test(a_stack_decides_as_libpam_does),
};

UNIT_MAIN(tests)
