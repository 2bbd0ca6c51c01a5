/*
 * file_open.h: a ledger's file, open and locked, and what is read and written in it.
 */
#ifndef HP_LEDGER_FILE_OPEN_H
#define HP_LEDGER_FILE_OPEN_H

#include "ledger/file_layout.h"

typedef struct {
    const char *path;
    int fd;
    uint32_t now;    /* seconds of the ledger's clock */
    uint32_t n;      /* rows in the file */
    hp_error *error;
} hp_ledger_open;

typedef enum {
    HP_LEDGER_WRITE, /* makes the file if there is none, and begins anew after a boot */
    HP_LEDGER_LOOK   /* no file, or one of another boot, has no rows */
} hp_ledger_how;

/* False with *error; otherwise hp_ledger_shut() must follow, and no one else is in the file. */
bool hp_ledger_lock(hp_ledger_open *l, const char *path, hp_ledger_how how, hp_error *error);
void hp_ledger_shut(hp_ledger_open *l);

/* The keys from number first on, as many as the file has rows for and n at most; *n: how many. */
bool hp_ledger_keys(hp_ledger_open *l, uint32_t first, hp_ledger_key *keys, uint32_t *n);

/* Row number i.  False with *error when it cannot be read or is damaged. */
bool hp_ledger_read(hp_ledger_open *l, uint32_t i, hp_ledger_record *record);

/* Row number i, which may be the one behind the last, and then its key. */
bool hp_ledger_write(hp_ledger_open *l, uint32_t i, hp_ledger_record *record);

uint32_t hp_ledger_since(const hp_ledger_record *record);
void hp_ledger_begin(hp_ledger_record *record, const uint8_t pass[HP_ID], uint32_t now);

#endif
