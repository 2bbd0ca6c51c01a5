/* TARGET --seeds FOLDER: writes the target's seeds there instead of fuzzing. */
#include "fuzz.h"

#include <errno.h>
#include <sys/stat.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);

static const char *folder;

static void
put(const char *name, hp_str seed)
{
    const char *path = maker_c_string(maker_print("%s/%s", folder, name));
    FILE *f = fopen(path, "wb");

    MUST(f != NULL && fwrite(seed.p, 1, seed.n, f) == seed.n && fclose(f) == 0);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
    if (*argc != 3 || strcmp((*argv)[1], "--seeds") != 0)
        return 0;
    folder = (*argv)[2];
    MUST(mkdir(folder, 0700) == 0 || errno == EEXIST);
    fuzz_seeds(put);
    exit(0);
}
