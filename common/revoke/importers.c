/* All importers of revocation lists; see importer.h. */
#include "revoke/importer.h"

const hp_revoke_importer *const hp_revoke_importers[] = {
    &hp_revoke_gateway,
    &hp_revoke_slices,
    &hp_revoke_shc,
    &hp_revoke_list,
    NULL,
};

const hp_revoke_importer *
hp_revoke_find(const char *name)
{
    const hp_revoke_importer *const *row;

    for (row = hp_revoke_importers; *row != NULL; row++) {
        if (strcmp((*row)->name, name) == 0)
            return *row;
    }
    return NULL;
}
