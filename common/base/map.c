/* Files mapped into memory; see map.h. */
#include "base/map.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

static bool
map_open(int fd, const char *path, size_t n, hp_map *map, hp_error *error)
{
    void *p;

    if (n == 0) {
        hp_error_set(error, "%s: is empty", path);
        return false;
    }
    p = mmap(NULL, n, PROT_READ, MAP_SHARED, fd, 0);
    if (p == MAP_FAILED) {
        hp_error_set(error, "%s: cannot be mapped into memory: %s", path, strerror(errno));
        return false;
    }
    *map = (hp_map){ p, n };
    return true;
}

bool
hp_file_map(const char *path, unsigned must, hp_map *map, hp_stamp *stamp, hp_error *error)
{
    hp_stamp opened;
    int fd = hp_file_open(path, must, SIZE_MAX, &opened, error);
    bool good;

    *map = (hp_map){ NULL, 0 };
    if (fd < 0)
        return false;
    if (stamp != NULL)
        *stamp = opened;
    good = map_open(fd, path, (size_t)opened.size, map, error);
    (void)close(fd);
    return good;
}

void
hp_map_free(hp_map *map)
{
    if (map->p != NULL)
        (void)munmap((void *)(uintptr_t)map->p, map->n);
    *map = (hp_map){ NULL, 0 };
}
