/*
 * call.h: what one call from libpam brings along.
 */
#ifndef HP_PAM_CALL_H
#define HP_PAM_CALL_H

#include "options.h"

#include <security/pam_modules.h>

typedef struct {
    pam_handle_t *pamh;
    bool silent; /* PAM_SILENT or quiet: nothing for the person but the prompt */
    char language[HP_PAM_TAG + 1]; /* that the person is spoken to in; "": English */
    hp_pam_options options;
} hp_pam_call;

#endif
