/*
 * language.h: which language the person at the terminal is spoken to in.
 */
#ifndef HP_PAM_LANGUAGE_H
#define HP_PAM_LANGUAGE_H

#include "call.h"

/* Fills call->language: lang=, else the locale of PAM's environment, else of the process's. */
void hp_pam_language_choose(hp_pam_call *call);

/* The text in that language, or as it is. */
const char *hp_pam_text(const hp_pam_call *call, const char *text)
    __attribute__((format_arg(2)));

#endif
