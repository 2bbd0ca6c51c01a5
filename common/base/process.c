/* Reads /proc; see process.h, and proc(5) for the fields of "stat". */
#include "base/process.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BOOT_ID "/proc/sys/kernel/random/boot_id"

/* The beginning of a file of /proc, as text. */
static bool
read_text(const char *path, char *text, size_t room)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, room - 1);

    if (fd >= 0)
        (void)close(fd);
    text[n > 0 ? n : 0] = '\0';
    return n > 0;
}

/*
 * The name of the program stands in brackets, and may have any in it: the last one ends it.  What
 * is a zombie with more than one thread has lost its first one only, and goes on.
 */
bool
hp_process_look(int pid, hp_process_state *state)
{
    char path[32], text[1024], how;
    const char *rest;
    int tty, threads;

    *state = (hp_process_state){ .id = { .pid = pid } };
    (void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
    if (!read_text(path, text, sizeof(text)) || (rest = strrchr(text, ')')) == NULL)
        return false;
    if (sscanf(rest + 1, " %c %d %*d %*d %d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %d %*d "
               "%" SCNu64, &how, &state->parent, &tty, &threads, &state->id.start) != 5)
        return false;
    state->tty = (unsigned)tty;
    state->ended = (how == 'Z' && threads <= 1) || how == 'X';
    return true;
}

hp_process
hp_process_of(int pid)
{
    hp_process_state state;

    (void)hp_process_look(pid, &state);
    return state.id;
}

bool
hp_process_runs(const hp_process *process)
{
    hp_process_state state;

    return hp_process_look(process->pid, &state) && !state.ended &&
           hp_process_same(process, &state.id);
}

bool
hp_process_same(const hp_process *one, const hp_process *other)
{
    return one->pid == other->pid && one->start == other->start && one->start != 0;
}

bool
hp_boot_read(char boot[HP_BOOT])
{
    return read_text(BOOT_ID, boot, HP_BOOT) && strlen(boot) == HP_BOOT - 1;
}

int64_t
hp_boot_seconds(void)
{
    struct timespec t;

    return clock_gettime(CLOCK_BOOTTIME, &t) == 0 ? (int64_t)t.tv_sec : -1;
}
