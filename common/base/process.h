/*
 * Processes, as /proc tells of them.  A number alone means little: it is given out again once its
 * process has ended; with the time at which it began it means one process of this boot.
 */
#ifndef HP_BASE_PROCESS_H
#define HP_BASE_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    int pid;
    uint64_t start; /* clock ticks since the boot; 0: not known */
} hp_process;

/* What is asked of another one. */
typedef struct {
    hp_process id;
    int parent;
    unsigned tty; /* device number of its terminal; 0: none */
    bool ended;   /* nothing of it is left but its number */
} hp_process_state;

/* False when there is no such process. */
bool hp_process_look(int pid, hp_process_state *state);

/* The process of this number, now. */
hp_process hp_process_of(int pid);

/* Is it the same, and does it run?  One whose begin is not known is nobody. */
bool hp_process_runs(const hp_process *process);
bool hp_process_same(const hp_process *one, const hp_process *other);

/* Which boot this is, as text; false when the system does not say. */
#define HP_BOOT 37 /* with its closing zero */
bool hp_boot_read(char boot[HP_BOOT]);

/* Whole seconds since it, asleep or awake; -1: the system does not say. */
int64_t hp_boot_seconds(void);

#endif
