/* Names of files, and the specification's test key; see twod.h. */
#include "check/twod.h"

#include <strings.h>

static const uint8_t specimen[HP_SHA256] = {
    0x2e, 0x44, 0x30, 0xbf, 0xd7, 0xc6, 0xed, 0x62, 0x4c, 0xc1, 0xca, 0xb0, 0xcb, 0x05, 0x41, 0x18,
    0x4b, 0xce, 0x0f, 0xea, 0xa8, 0x87, 0x29, 0xc4, 0x70, 0xef, 0x96, 0x2e, 0xac, 0x8e, 0x22, 0xc3,
};

static const struct {
    size_t id; /* characters before the ending */
    const char *ending;
    hp_twod_file is;
    bool tells;
} names[] = {
    { HP_TWOD_AC, ".ca.der", HP_TWOD_FILE_AUTHORITY, true },
    { HP_TWOD_AC, ".ca.pem", HP_TWOD_FILE_AUTHORITY, true },
    { HP_TWOD_AC, ".ca.crt", HP_TWOD_FILE_AUTHORITY, true },
    { HP_TWOD_AC, ".crl.der", HP_TWOD_FILE_CRL, true },
    { HP_TWOD_AC, ".crl", HP_TWOD_FILE_CRL, false },
    { HP_TWOD_AC, ".p7b", HP_TWOD_FILE_BUNDLE, false },
    { HP_TWOD_AC, ".p7c", HP_TWOD_FILE_BUNDLE, false },
    { HP_TWOD_AC, ".der", HP_TWOD_FILE_BUNDLE, false },
    { HP_TWOD_AC, ".pem", HP_TWOD_FILE_BUNDLE, false },
    { 2 * HP_TWOD_AC, ".der", HP_TWOD_FILE_SIGNER, false },
    { 2 * HP_TWOD_AC, ".pem", HP_TWOD_FILE_SIGNER, false },
    { 2 * HP_TWOD_AC, ".crt", HP_TWOD_FILE_SIGNER, false },
    { 2 * HP_TWOD_AC, ".pub.der", HP_TWOD_FILE_KEY, true },
};

#define NAMES (sizeof(names) / sizeof(names[0]))

bool
hp_twod_is_id(const char *text, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++) {
        if (!((text[i] >= 'A' && text[i] <= 'Z') || (text[i] >= '0' && text[i] <= '9')))
            return false;
    }
    return true;
}

/* Its row; NAMES when there is none. */
static size_t
row_of(const char *name)
{
    size_t i = 0, n = strlen(name);

    while (i < NAMES && (n != names[i].id + strlen(names[i].ending) ||
                         strcasecmp(name + names[i].id, names[i].ending) != 0 ||
                         !hp_twod_is_id(name, names[i].id)))
        i++;
    return i;
}

hp_twod_file
hp_twod_file_of(const char *name)
{
    size_t row = row_of(name);

    return row < NAMES ? names[row].is : HP_TWOD_FILE_OTHER;
}

bool
hp_twod_file_tells(const char *name)
{
    size_t row = row_of(name);

    return row < NAMES && names[row].tells;
}

bool
hp_twod_is_specimen(const uint8_t digest[HP_SHA256])
{
    return memcmp(digest, specimen, HP_SHA256) == 0;
}
