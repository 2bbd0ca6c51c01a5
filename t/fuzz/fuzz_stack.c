/*
 * The text of a PAM service, of sshd_config and of a getty's command line: words within the line,
 * and a decision that agrees with the ways that are found.
 */
#include "fuzz.h"

#include "cli/pam_around.h"
#include "cli/pam_getty.h"
#include "cli/stack.h"

#define LINES 24 /* more take long, and show no more */

unsigned fuzz_costs = 4;

static void
check_line(const hp_stack_line *line)
{
    const char *end = line->text + sizeof(line->text);
    int i;

    MUST(line->argc >= 0 && line->argc <= HP_STACK_WORDS && line->number > 0);
    MUST(line->kind == HP_STACK_BROKEN ? line->wrong != NULL : line->module != NULL);
    for (i = 0; i < line->argc; i++)
        MUST(line->argv[i] > line->text && line->argv[i] + strlen(line->argv[i]) < end);
    for (i = 0; i < HP_STACK_CODES && line->kind == HP_STACK_MODULE; i++)
        MUST(line->actions[i] >= HP_STACK_RESET);
}

static size_t
read_lines(hp_str text, hp_stack_entry *entries)
{
    hp_stack_reader reader = { text, 0 };
    size_t n = 0;

    while (n < LINES && hp_stack_read(&reader, &entries[n].line)) {
        check_line(&entries[n].line);
        /* As the loader leaves it: an include brings lines, and is none. */
        if (entries[n].line.kind == HP_STACK_MODULE || entries[n].line.kind == HP_STACK_BROKEN)
            entries[n++].file = "fuzz";
    }
    return n;
}

/* Everybody succeeds but us, who are not asked, or refuse. */
static void
check_row(const hp_stack_row *row)
{
    hp_stack_way ways[LINES];
    size_t i, n = hp_stack_ways(row, ways, LINES);
    int answers[LINES];
    bool asked = false, passed = false;

    for (i = 0; i < n; i++)
        MUST(ways[i].line < ways[i].past && ways[i].past < row->n);
    for (i = 0; i < row->n; i++) {
        asked = asked || hp_stack_is_ours(row->entry[i]);
        answers[i] = hp_stack_is_ours(row->entry[i]) ? 7 : HP_STACK_SUCCESS;
        if (row->entry[i]->line.kind == HP_STACK_BROKEN)
            answers[i] = 6;
        if (strstr(hp_stack_module(row->entry[i]), "pam_deny.so") != NULL)
            answers[i] = 7;
        passed = passed || (hp_stack_is_ours(row->entry[i]) &&
            row->entry[i]->line.actions[7] != HP_STACK_BAD &&
            row->entry[i]->line.actions[7] != HP_STACK_DIE);
    }
    (void)hp_stack_lets_in(row);
    MUST(hp_stack_forgets(row) <= row->n);
    /* Who gets in though we refuse came by a way, by our control, or by a reset. */
    if (asked && hp_stack_decide(row, answers))
        MUST(n > 0 || passed || hp_stack_forgets(row) < row->n);
}

static void
include(void *with, const char *pattern)
{
    (void)with;
    MUST(pattern != NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    static hp_stack_entry entries[LINES + 1];
    static hp_stack all;
    static hp_stack_entry *list[LINES];
    static hp_stack_row row;
    hp_sshd_says says = { .methods = false };
    char line[HP_STACK_LINE];
    size_t i;

    all = (hp_stack){ .entries = list, .n = read_lines((hp_str){ p, n }, entries) };
    for (i = 0; i < all.n; i++)
        list[i] = &entries[i];
    hp_stack_row_of(&all, HP_STACK_AUTH, &row);
    check_row(&row);
    hp_sshd_read((hp_str){ p, n }, &says, include, NULL);
    MUST(strlen(says.pam.value) < sizeof(says.pam.value));
    (void)snprintf(line, sizeof(line), "%.*s", (int)n, (const char *)p);
    (void)hp_getty_skips_auth(line);
    return 0;
}

void
fuzz_seeds(void (*put)(const char *name, hp_str seed))
{
    put("two", HP_STR("auth [success=ok default=bad] pam_healthpass.so match=none\n"
        "account [success=ok default=bad] pam_healthpass.so match=none [prompt=a \\] b]\n"));
    put("kiosk", HP_STR("auth [success=ignore default=2] pam_succeed_if.so user = kiosk\n"
        "auth [success=ok default=die] pam_healthpass.so match=none\n"
        "auth [success=done default=die] pam_permit.so\n"
        "auth [success=1 default=ignore] pam_unix.so nullok # x\n"
        "auth requisite pam_deny.so\nauth required pam_permit.so\n"));
    put("ways", HP_STR("auth sufficient pam_unix.so\nauth [auth_err=1] pam_x.so\n"
        "auth required pam_healthpass.so\nauth [success=reset default=die] pam_x.so\n"
        "-auth optional pam_y.so a=\"b\"\nauth substack common-auth\n@include x\n"));
    put("lines", HP_STR("auth \\\n#c\n\n required \\\n pam_x.so\nauth [\nauth\n@include\n\\\n"));
    put("getty", HP_STR("ExecStart=-/bin/sh -c 'exec agetty -Ja x' getty -t 9 --login-o=\"-p -f "
        "x\" -L --noclear -o '-hf -f -- x' --auto=x -- tty1"));
    put("sshd", HP_STR("UsePAM yes\nInclude /etc/ssh/x/*.conf\nPubkeyAuthentication=no\n"
        "AuthenticationMethods publickey,keyboard-interactive:pam publickey\n"
        "Match user x\n\tAuthenticationMethods any\nMatch all\n[x]\n"));
}
