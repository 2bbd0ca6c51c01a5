/* Inputs beside unmapped pages; see guard.h.  The mappings are made once and stay. */
#include "guard.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static void
give_up(const char *what)
{
    perror(what);
    exit(1);
}

/* GUARD_MAX bytes with a page on each side that cannot be touched. */
static uint8_t *
map(void)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uint8_t *p = mmap(NULL, GUARD_MAX + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (p == MAP_FAILED)
        give_up("mmap");
    return p + page;
}

static void
protect(uint8_t *p, int how)
{
    if (mprotect(p, GUARD_MAX, how) != 0)
        give_up("mprotect");
}

static hp_str
place(hp_str s, bool at_end)
{
    static uint8_t *area;
    uint8_t *at;

    if (area == NULL)
        area = map();
    if (s.n > GUARD_MAX)
        give_up("guard: too long");
    at = at_end ? area + GUARD_MAX - s.n : area;
    protect(area, PROT_READ | PROT_WRITE);
    if (s.n != 0)
        memmove(at, s.p, s.n);
    protect(area, PROT_READ);
    return (hp_str){ at, s.n };
}

hp_str
guard_end(hp_str s)
{
    return place(s, true);
}

hp_str
guard_start(hp_str s)
{
    return place(s, false);
}

uint8_t *
guard_room(size_t n)
{
    static uint8_t *area;

    if (area == NULL) {
        area = map();
        protect(area, PROT_READ | PROT_WRITE);
    }
    if (n > GUARD_MAX)
        give_up("guard: too long");
    memset(area, 0xa5, GUARD_MAX);
    return area + GUARD_MAX - n;
}
