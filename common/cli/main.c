/*
 * healthpassctl: the operator's command line.
 * Finds the command's row and runs it; knows nothing of passes.  The name of a row has one
 * word, or two: those that share the first are a group ("trust import", "trust list").
 */
#include "cli/cli.h"
#include "hp.h"

#include <signal.h>

static const hp_cli_command *const commands[] = {
    &hp_cli_check,
    &hp_cli_init,
    &hp_cli_keygen,
    &hp_cli_issue,
    &hp_cli_trust_import,
    &hp_cli_trust_update,
    &hp_cli_trust_list,
    &hp_cli_trust_export,
    &hp_cli_rules_new,
    &hp_cli_rules_check,
    &hp_cli_rules_list,
    &hp_cli_rules_import,
    &hp_cli_rules_explain,
    &hp_cli_rules_decide,
    &hp_cli_rules_eval,
    &hp_cli_revoke_add,
    &hp_cli_revoke_remove,
    &hp_cli_revoke_list,
    &hp_cli_revoke_build,
    &hp_cli_revoke_update,
    &hp_cli_revoke_status,
    &hp_cli_revoke_follow,
    &hp_cli_revoke_share,
    &hp_cli_ledger_top,
    &hp_cli_bind,
    &hp_cli_recheck,
    &hp_cli_pam_check,
    &hp_cli_pam_try,
    &hp_cli_clearance_key,
    &hp_cli_clearance_issue,
    &hp_cli_status,
    &hp_cli_override,
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

/* Is the name of two words, and the first one this? */
static bool
in_group(const char *name, const char *group)
{
    size_t n = strlen(group);

    return strncmp(name, group, n) == 0 && name[n] == ' ';
}

/* All commands, or those of one group. */
static void
help(const char *group, FILE *to)
{
    size_t i;

    fprintf(to, "usage: healthpassctl %s%sCOMMAND [OPTION ...]\n\n", group == NULL ? "" : group,
            group == NULL ? "" : " ");
    for (i = 0; i < COMMANDS; i++) {
        if (group == NULL || in_group(commands[i]->name, group))
            fprintf(to, "  %-16s%s\n", commands[i]->name, commands[i]->summary);
    }
    fputs("\nhealthpassctl COMMAND --help says what a command takes; --version, which build"
          " this is.\n", to);
}

static bool
asks_for_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

static int
unknown(const char *group, const char *word)
{
    fprintf(stderr, "healthpassctl: unknown command %s%s", group == NULL ? "" : group,
            group == NULL ? "" : " ");
    hp_cli_put_safe(hp_str_of(word), stderr);
    putc('\n', stderr);
    help(group, stderr);
    return HP_EXIT_USAGE;
}

/* argv[0] is the group, a command of it follows. */
static int
run_group(const char *group, int argc, char **argv)
{
    size_t i;

    if (argc < 2) {
        help(group, stderr);
        return HP_EXIT_USAGE;
    }
    for (i = 0; i < COMMANDS; i++) {
        if (in_group(commands[i]->name, group) &&
            strcmp(commands[i]->name + strlen(group) + 1, argv[1]) == 0)
            return commands[i]->run(commands[i], argc - 1, argv + 1);
    }
    if (!asks_for_help(argv[1]))
        return unknown(group, argv[1]);
    help(group, stdout);
    return HP_EXIT_OK;
}

static int
run(int argc, char **argv)
{
    size_t i;

    for (i = 0; i < COMMANDS; i++) {
        if (strcmp(argv[1], commands[i]->name) == 0 && strchr(argv[1], ' ') == NULL)
            return commands[i]->run(commands[i], argc - 1, argv + 1);
        if (in_group(commands[i]->name, argv[1]))
            return run_group(argv[1], argc - 1, argv + 1);
    }
    if (strcmp(argv[1], "--version") == 0)
        puts("healthpassctl " HP_VERSION);
    else if (asks_for_help(argv[1]))
        help(NULL, stdout);
    else
        return unknown(NULL, argv[1]);
    return HP_EXIT_OK;
}

int
main(int argc, char **argv)
{
    int status;

    (void)setvbuf(stderr, NULL, _IOLBF, 0); /* a message is one write */
    (void)signal(SIGXFSZ, SIG_IGN); /* a limit on the size of files is an error like others */
    if (argc < 2) {
        help(NULL, stderr);
        return HP_EXIT_USAGE;
    }
    status = run(argc, argv);
    /* An answer that could not be written is no answer. */
    if (fflush(stdout) != 0 || ferror(stdout) != 0) {
        perror("healthpassctl: standard output");
        return HP_EXIT_FAULT;
    }
    return status;
}
