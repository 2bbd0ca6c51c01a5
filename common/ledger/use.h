/*
 * use.h: has this pass been shown for others?  What every ledger keeps of a pass, and how it
 * decides; the stores (a file, Redis, nginx's shared memory) only keep it.
 *
 * A use is a pass shown for somebody: `by`, a booking, an account, a login.  Up to `limit`
 * different ones may show a pass within `window` seconds; the same one again is free, so that
 * retries, double clicks and internal redirects count once.  Who came first keeps his place as
 * long as he is seen within the window.
 *
 * A ledger holds keyed ids and times, each with an end, and nothing else.
 */
#ifndef HP_LEDGER_USE_H
#define HP_LEDGER_USE_H

#include "check/identity.h"

#include <stdint.h>

#define HP_USE_LIMIT_MAX  32
#define HP_USE_WINDOW_MAX (366u * 86400) /* seconds */

/*
 * Who shows what, under each identity key of the ring, the newest first: what is written stands
 * under the newest, what is found may stand under any, so that a ring is rotated with no use lost.
 * by[i] is keyed together with pass[i]: two passes shown by one person have nothing in common.
 */
typedef struct {
    bool pam; /* shown at a login.  A terminal is no account: doors with one ledger count apart */
    size_t n; /* 1 to HP_IDENTITIES */
    uint8_t pass[HP_IDENTITIES][HP_ID];
    uint8_t by[HP_IDENTITIES][HP_BY];
} hp_use;

typedef struct {
    unsigned limit;  /* 1 to HP_USE_LIMIT_MAX */
    uint32_t window; /* seconds, 1 to HP_USE_WINDOW_MAX */
    bool refuse;     /* who comes when all places are taken gets none, nor holds the one that he has
                        from where more are let in; else he is let in, marked */
    bool open;       /* let in when the ledger cannot be asked, or has no room */
    bool reserve;    /* holds its place until hp_use_end(); when nobody calls that, it is a use */
} hp_use_terms;

typedef enum {
    HP_USE_OK,    /* within the limit */
    HP_USE_OVER,  /* more than limit different ones */
    HP_USE_AWAY,  /* the ledger cannot be asked */
    HP_USE_FULL   /* it has no room for another pass */
} hp_use_state;

typedef struct {
    hp_use_state state;
    unsigned count;  /* different ones seen within the window, this one and refused ones included;
                        HP_USE_SLOTS means as many or more */
    bool first;      /* the first time that this pass is over its limit in this window: warn now */
} hp_use_answer;

/* ---- what is kept --------------------------------------------------------------------- */

#define HP_USE_SLOTS 48 /* of one pass at most */

typedef struct {
    uint8_t by[HP_BY];
    uint32_t end;     /* seconds of the store's clock; from then on the slot is empty */
    uint16_t pending; /* reservations that are not ended yet */
    uint8_t counted;  /* has a place: was let in.  0: was refused, and is kept for the count */
    uint8_t settled;  /* is a use, whatever becomes of the reservations */
} hp_use_slot;

/*
 * One pass, under one key.  Slots stand in the order in which they got their place; those without
 * one stand behind.  A store gives it room for a few and more when asked.
 */
typedef struct {
    uint8_t pass[HP_ID];
    uint32_t told;   /* until then nobody needs another warning about it */
    uint16_t n;      /* slots in use */
    uint16_t room;   /* slots that there is memory for, at most HP_USE_SLOTS */
    hp_use_slot slots[];
} hp_use_row;

/* Slots that a new row needs at least, and the next larger size of a row. */
#define HP_USE_ROOM 2
uint16_t hp_use_more_room(uint16_t room);

/*
 * Uses the pass at now: rows[i] is its row under key i, NULL where there is none; rows[0] must be
 * there, new ones empty with their pass and room set.  False, and nothing is changed, when rows[0]
 * needs more room: the store then gives hp_use_more_room() and asks again.
 */
bool hp_use_take(hp_use_row *const rows[], const hp_use *use, const hp_use_terms *terms,
                 uint32_t now, hp_use_answer *answer);

/*
 * Ends a reservation: committed it is a use, else it never was, unless the same one used the pass
 * otherwise.  What is not there any more is no error.
 */
void hp_use_end(hp_use_row *const rows[], const hp_use *use, uint32_t now, bool commit);

/* When the last slot ends; 0: the row is empty at now, and may go. */
uint32_t hp_use_row_end(const hp_use_row *row, uint32_t now);

/* Different ones in the row at now, for those who look at a ledger; *placed: with a place. */
unsigned hp_use_row_count(const hp_use_row *row, uint32_t now, unsigned *placed);

#endif
