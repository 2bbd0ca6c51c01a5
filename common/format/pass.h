/*
 * hp_pass: what a genuine pass says, the same for all formats.  Rules, holder binding
 * and ledger see only this.
 *
 * Texts borrow from the memory lent to hp_verify() and are health data.
 */
#ifndef HP_FORMAT_PASS_H
#define HP_FORMAT_PASS_H

#include "base/str.h"
#include "base/time.h"

/* A birth date as far as it is known: month and day are 0 where the pass leaves them open. */
typedef struct {
    int year, month, day; /* year 0: no birth date at all */
} hp_birth;

typedef struct {
    hp_str family, given;         /* as printed, UTF-8; may be empty: a whole name is family */
    hp_str family_mrz, given_mrz; /* ICAO Doc 9303 form, A-Z and '<'; may be empty */
    bool family_cut, given_cut; /* the printed form lacks its end */
    hp_birth birth;
    hp_str number; /* of the document that the holder travels with; may be empty */
} hp_holder;

/*
 * The kind of a genuine pass that holds nothing which counts: a vaccination that was entered in
 * error.  No rule is about such a one.
 */
#define HP_KIND_NONE 'n'

/* One thing that happened to the holder.  What does not belong to its kind is empty or 0. */
typedef struct {
    char kind;         /* 'v' vaccination, 't' test, 'r' recovery, HP_KIND_NONE */
    hp_str disease;    /* SNOMED CT code */
    hp_str country;    /* where it was given, as in the pass; may be empty */
    hp_str identifier; /* the issuer's own number for it: UVCI */
    hp_date date;      /* v: of the dose; r: of the first positive test */
    double dose, doses; /* v: number dose of doses */
    double sampled;    /* t: when the sample was taken */
    hp_str result;     /* t: SNOMED CT code */
    hp_date from, until; /* r: stated validity */
} hp_event;

/* The trust domains whose keys may sign a pass (trust-lists, 3.2), one bit each. */
#define HP_DOMAIN_DCC            0x001u
#define HP_DOMAIN_DDCC           0x002u
#define HP_DOMAIN_ICVP           0x004u
#define HP_DOMAIN_PH4H           0x008u
#define HP_DOMAIN_IPS_PILGRIMAGE 0x010u
#define HP_DOMAIN_SHC            0x020u
#define HP_DOMAIN_2D_DOC         0x040u
#define HP_DOMAIN_VDS_NC         0x080u
#define HP_DOMAIN_OTHER          0x100u /* named by a list, unknown to us: signs nothing */
#define HP_DOMAIN_ALL            0x0ffu /* of a key whose list names none */
#define HP_DOMAIN_HC1            0x01fu /* those of the WHO's network */

/* What an envelope holds, as far as an operator may say whose keys sign it. */
typedef enum {
    HP_PAYLOAD_OTHER,
    HP_PAYLOAD_DCC,
    HP_PAYLOAD_ICVP,
    HP_PAYLOAD_DDCC,
    HP_PAYLOAD_LINK,
    HP_PAYLOADS
} hp_payload;

typedef struct {
    hp_holder holder;
    hp_event event;     /* the one that is judged: the newest of those that the pass holds */
    hp_str issuer;      /* CWT claim iss, as given; may be empty */
    const struct hp_node *document; /* in the shape of a DCC, for rules: see format/document.h */
    double issued;      /* seconds since 1970 UTC; 0 where the pass does not say */
    double valid_from;  /* seconds since 1970 UTC; 0 where the pass does not say */
    double valid_until; /* HP_TIME_LAST: it has no end */
    double signed_from, signed_until; /* the day at which its signer must have been valid (2D-DOC);
                                         0: now */
    hp_str rid;         /* SHC: what its issuer withdraws it by; may be empty */
    const struct hp_node *bundle; /* SHC without a rid: what one is made of; else NULL */
    hp_payload payload;
    bool more;          /* there is another payload to be read, if this one is not accepted */
    unsigned domains;   /* HP_DOMAIN_ bits: a key of any of them may sign such a pass */
} hp_pass;

#endif
