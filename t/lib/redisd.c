/* A redis-server for tests; see redisd.h. */
#include "redisd.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define OPTIONS_MAX 32

static void
give_up(const char *why)
{
    fprintf(stderr, "redis-server: %s\n", why);
    exit(1);
}

static void
run(const redisd *server, const char *const *options)
{
    const char *args[OPTIONS_MAX + 1] = { "redis-server", "--port", "0", "--save", "", "--dir",
        server->folder, "--unixsocket", server->place.path, "--logfile", "log", NULL };
    size_t n = 11;

    while (options != NULL && *options != NULL && n < OPTIONS_MAX)
        args[n++] = *options++;
    args[n] = NULL;
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)execvp(args[0], (char *const *)(uintptr_t)args);
    _exit(127);
}

static bool
answers(const redisd *server)
{
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool good;

    memcpy(to.sun_path, server->place.path, sizeof(to.sun_path));
    good = connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0;
    close(fd);
    return good;
}

void
redisd_start(redisd *server, const char *const *options)
{
    int tries;

    memset(server, 0, sizeof(*server));
    snprintf(server->folder, sizeof(server->folder), "/tmp/healthpass-redis-XXXXXX");
    if (mkdtemp(server->folder) == NULL)
        give_up("no folder for it");
    server->place.kind = HP_LEDGER_REDIS;
    snprintf(server->place.path, sizeof(server->place.path), "%s/s", server->folder);
    if ((server->pid = fork()) == 0)
        run(server, options);
    for (tries = 0; tries < 500; tries++) {
        if (answers(server))
            return;
        if (waitpid(server->pid, NULL, WNOHANG) == server->pid)
            break;
        usleep(20000);
    }
    give_up("does not start; is it installed?");
}

void
redisd_stop(redisd *server)
{
    char file[96];

    (void)kill(server->pid, SIGCONT);
    (void)kill(server->pid, SIGKILL);
    (void)waitpid(server->pid, NULL, 0);
    (void)unlink(server->place.path);
    snprintf(file, sizeof(file), "%s/log", server->folder);
    (void)unlink(file);
    (void)rmdir(server->folder);
}
