/*
 * healthpass-scan: owns a scanner or a camera, and gives one code to one gate at a time.
 *
 * It knows nothing of passes: what it reads goes to who asked, and nowhere else; it writes no file
 * and keeps nothing.
 */
#include "say.h"
#include "serve.h"

#include <fcntl.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/un.h>
#include <unistd.h>

static const char usage[] =
    "usage: healthpass-scan [--socket PATH] --device PATH\n"
    "       healthpass-scan [--socket PATH] --stdin\n"
    "       healthpass-scan [--socket PATH] -- COMMAND [ARGUMENT ...]\n"
    "\n"
    "Gives scans to pam_healthpass.so (source=socket), one at a time.\n"
    "\n"
    "  --device PATH    a serial scanner\n"
    "  --stdin          one code a line, from a program that is running all the time\n"
    "  -- COMMAND       a program that is started for each code, and writes it\n"
    "  --socket PATH    where to listen; without it, on the socket that systemd made\n"
    "  --help           this text\n"
    "\n"
    "See healthpass-scan(8).\n";

void
hp_say(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)fputs("healthpass-scan: ", stderr);
    (void)vfprintf(stderr, format, args);
    (void)fputc('\n', stderr);
    va_end(args);
}

/* False for anything that is not understood. */
static bool
read_options(int argc, char **argv, hp_feed *feed, const char **path)
{
    static const struct option options[] = {
        { "device", required_argument, NULL, 'd' },
        { "stdin", no_argument, NULL, 'i' },
        { "socket", required_argument, NULL, 's' },
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    int option;

    while ((option = getopt_long(argc, argv, "+", options, NULL)) != -1) {
        switch (option) {
        case 'd':
            feed->device = optarg;
            break;
        case 'i':
            feed->input = true;
            break;
        case 's':
            *path = optarg;
            break;
        case 'h':
            (void)fputs(usage, stdout);
            exit(0);
        default:
            return false;
        }
    }
    feed->command = optind < argc ? argv + optind : NULL;
    return (feed->device != NULL) + (feed->command != NULL) + feed->input == 1;
}

static bool
check(const hp_feed *feed, const char *path)
{
    if (feed->device != NULL && *feed->device != '/')
        hp_say("--device: expected an absolute path");
    else if (path != NULL &&
             (*path != '/' || strlen(path) > sizeof(((struct sockaddr_un *)NULL)->sun_path) -
                                                 sizeof(HP_SCAN_NEW)))
        hp_say("--socket: expected an absolute path of at most 103 bytes");
    else
        return true;
    return false;
}

/* No core, no debugger: what was scanned is nobody else's. */
static void
keep_to_ourselves(void)
{
    const struct rlimit none = { 0, 0 };

    (void)setrlimit(RLIMIT_CORE, &none);
    (void)prctl(PR_SET_DUMPABLE, 0);
}

int
main(int argc, char **argv)
{
    const char *path = NULL;
    hp_feed feed = { 0 };
    int listening;

    if (!read_options(argc, argv, &feed, &path)) {
        (void)fputs(usage, stderr);
        return 2;
    }
    if (!check(&feed, path))
        return 2;
    keep_to_ourselves();
    listening = path != NULL ? hp_serve_listen(path) : hp_serve_inherit();
    if (listening < 0 && path == NULL)
        hp_say("no socket: expected --socket PATH, or a socket unit of systemd");
    if (listening < 0 || (feed.input && fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK) != 0))
        return 1;
    hp_serve(listening, &feed);
    return 1;
}
