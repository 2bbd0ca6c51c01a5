/*
 * House rules: what a place wants of a pass, in a few words, as the rule documents that say it.
 *
 * Their numbers are from 9000 on, where no state publishes any: VR-XX-9001 is the house's own.
 * Kinds of passes that are not wanted get a rule that fails, so that nothing is open by silence.
 */
#ifndef HP_CLI_RULES_HOUSE_H
#define HP_CLI_RULES_HOUSE_H

#include "codec/json.h"

typedef enum { HP_HOUSE_NO, HP_HOUSE_ANY, HP_HOUSE_COMPLETE, HP_HOUSE_BOOSTER } hp_house_doses;

/* Days are whole days, UTC: the last one counts to its end. */
typedef struct {
    const char *country, *region; /* region "": the whole country */
    const char *version;          /* of each rule: "1.0.0" */
    double from, until;           /* of the rules */
    hp_house_doses vaccinated;
    long dose_from, dose_until;   /* days since the last dose; until -1: for ever */
    const char *vaccines;         /* codes with commas between, or "eu"; NULL: any */
    long pcr, rapid;              /* hours since the sample; 0: no such test */
    long ill_from, ill_until;     /* days since the first positive test; until -1: no recovery */
    long min_age;                 /* years; 0: any */
} hp_house;

/* An array of rule documents, and of the value set that they read.  NULL: no memory. */
hp_json *hp_house_documents(const hp_house *house);

#endif
