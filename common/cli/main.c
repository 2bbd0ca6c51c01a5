/*
 * healthpassctl: the operator's command line.
 * Finds the command's row and runs it; knows nothing of passes.
 */
#include "cli/cli.h"

#define VERSION "0.1.0"

static const hp_cli_command *const commands[] = {
    &hp_cli_check,
    &hp_cli_init,
    &hp_cli_keygen,
    &hp_cli_issue,
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void
help(FILE *to)
{
    size_t i;

    fputs("usage: healthpassctl COMMAND [OPTION ...]\n\n", to);
    for (i = 0; i < COMMANDS; i++)
        fprintf(to, "  %-10s%s\n", commands[i]->name, commands[i]->summary);
    fputs("\nhealthpassctl COMMAND --help says what a command takes; --version, which build"
          " this is.\n", to);
}

static int
run(int argc, char **argv)
{
    size_t i;

    for (i = 0; i < COMMANDS; i++) {
        if (strcmp(argv[1], commands[i]->name) == 0)
            return commands[i]->run(commands[i], argc - 1, argv + 1);
    }
    if (strcmp(argv[1], "--version") == 0)
        puts("healthpassctl " VERSION);
    else if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        help(stdout);
    else {
        fputs("healthpassctl: unknown command ", stderr);
        hp_cli_put_safe(hp_str_of(argv[1]), stderr);
        putc('\n', stderr);
        help(stderr);
        return HP_EXIT_USAGE;
    }
    return HP_EXIT_OK;
}

int
main(int argc, char **argv)
{
    int status;

    (void)setvbuf(stderr, NULL, _IOLBF, 0); /* a message is one write */
    if (argc < 2) {
        help(stderr);
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
