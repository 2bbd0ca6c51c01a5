/* Runs commands without memory for tests; see starver.h. */
#include "starver.h"

#include "alloc.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define CALLS_LEAST 30
#define CALLS_MOST  5000

#ifdef HP_SANITIZED
/* An index is built in 256 MB: their shadow in pages of 4 KiB takes longer than all else. */
__attribute__((visibility("default"))) const char *__asan_default_options(void);

const char *
__asan_default_options(void)
{
    return "no_huge_pages_for_shadow=0";
}
#endif

static void
check(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "starver: %s\n", what);
    exit(1);
}

/* With the nth allocation failing; what it prints is nobody's. */
static int
run(const hp_cli_command *command, const char *feeds, size_t nth)
{
    char name[64], now[] = "--now", from[512];
    char *argv[] = { name, now, from, NULL };
    int nowhere = open("/dev/null", O_WRONLY), out = dup(1), err = dup(2), status;

    (void)snprintf(name, sizeof(name), "%s", command->name);
    (void)snprintf(from, sizeof(from), "--feeds=%s", feeds);
    check(nowhere >= 0 && out >= 0 && err >= 0, "no descriptors");
    (void)fflush(stdout);
    (void)dup2(nowhere, 1);
    (void)dup2(nowhere, 2);
    alloc_start(nth);
    status = command->run(command, 3, argv);
    (void)fflush(stdout);
    (void)dup2(out, 1);
    (void)dup2(err, 2);
    (void)close(nowhere);
    (void)close(out);
    (void)close(err);
    return status;
}

void
starver_update(const hp_cli_command *command, const char *feeds, const char *path,
               starver_count *count)
{
    hp_crypto *crypto = hp_crypto_new();
    size_t nth = 0, calls, n, least = 0;
    int status;

    check(crypto != NULL, "no crypto");
    do {
        status = run(command, feeds, ++nth);
        calls = alloc_calls();
        alloc_start(0);
        check(status >= HP_EXIT_OK && status <= HP_EXIT_FAULT, "no exit code of the manual");
        if (status == HP_EXIT_OK)
            least = 1;
        n = count(crypto, path);
        check(n >= least && n <= 1, "neither the old file nor the new one");
    } while (calls >= nth && nth < CALLS_MOST);
    check(nth >= CALLS_LEAST && nth < CALLS_MOST, "too few allocations, or too many");
    check(status == HP_EXIT_OK && n == 1, "with memory it does not end well");
    hp_crypto_free(crypto);
}
