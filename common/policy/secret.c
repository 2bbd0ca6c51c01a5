/* Reads what Redis wants to hear; see secret.h. */
#include "policy/secret.h"

#include "base/wipe.h"

#include <stdlib.h>
#include <string.h>

#define AUTH_MAX 1024 /* bytes */

static char *
secret_of(hp_str file)
{
    char *text;
    size_t i, lines = 1;

    if (file.n > 0 && file.p[file.n - 1] == '\n')
        file.n--;
    for (i = 0; i < file.n; i++) {
        lines += file.p[i] == '\n';
        if (file.p[i] == 0)
            return NULL;
    }
    if (file.n == 0 || lines > 2 || (text = malloc(file.n + 1)) == NULL)
        return NULL;
    memcpy(text, file.p, file.n);
    text[file.n] = '\0';
    return text;
}

char *
hp_secret_read(const char *path, hp_stamp *stamp, hp_error *error)
{
    hp_bytes file;
    char *secret;

    if (!hp_file_read(path, HP_FILE_OWNED | HP_FILE_SECRET, AUTH_MAX, &file, stamp, error))
        return NULL;
    secret = secret_of((hp_str){ file.p, file.n });
    hp_bytes_free(&file);
    if (secret == NULL)
        hp_error_set(error, "%s: expected one line, the password of Redis, or two: the user's name "
                            "and the password", path);
    return secret;
}

void
hp_secret_free(char *secret)
{
    if (secret != NULL)
        hp_wipe(secret, strlen(secret));
    free(secret);
}
