/* Reads where a ledger is kept; see place.h. */
#include "ledger/place.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#define REDIS_PORT 6379u
#define REDIS_DBS  65535u

/* What follows the word in text; NULL: text does not begin with it. */
static const char *
after(const char *text, const char *word)
{
    size_t n = strlen(word);

    return strncmp(text, word, n) == 0 ? text + n : NULL;
}

/* Digits to the end of the text, up to most. */
static bool
number(const char *text, unsigned most, unsigned *value)
{
    *value = 0;
    if (*text == '\0' || strlen(text) > 5)
        return false;
    for (; *text >= '0' && *text <= '9'; text++)
        *value = *value * 10 + (unsigned)(*text - '0');
    return *text == '\0' && *value <= most;
}

static bool
absolute(const char *text, size_t n, hp_ledger_place *place)
{
    if (n < 2 || text[0] != '/' || n >= sizeof(place->path))
        return false;
    memcpy(place->path, text, n);
    place->path[n] = '\0';
    return true;
}

static bool
socket_of(const char *text, hp_ledger_place *place)
{
    const char *query = strchr(text, '?'), *db;

    if (query == NULL)
        return absolute(text, strlen(text), place);
    db = after(query, "?db=");
    return db != NULL && number(db, REDIS_DBS, &place->db) &&
           absolute(text, (size_t)(query - text), place);
}

/* Numeric only. */
static bool
host_of(const char *text, size_t n, bool six, hp_ledger_place *place)
{
    struct in6_addr address;

    if (n == 0 || n >= sizeof(place->host))
        return false;
    memcpy(place->host, text, n);
    place->host[n] = '\0';
    return inet_pton(six ? AF_INET6 : AF_INET, place->host, &address) == 1;
}

/* ":PORT", "/DB", both or nothing. */
static bool
port_and_db(const char *rest, hp_ledger_place *place)
{
    char port[8];
    size_t n;

    if (*rest == ':') {
        n = strcspn(++rest, "/");
        if (n >= sizeof(port))
            return false;
        memcpy(port, rest, n);
        port[n] = '\0';
        if (!number(port, 65535, &place->port) || place->port == 0)
            return false;
        rest += n;
    }
    return *rest == '\0' ||
           (*rest == '/' && (rest[1] == '\0' || number(rest + 1, REDIS_DBS, &place->db)));
}

static bool
address_of(const char *text, hp_ledger_place *place)
{
    bool six = *text == '[';
    size_t n = strcspn(text += six, six ? "]" : ":/");

    place->port = REDIS_PORT;
    if (six && text[n] != ']')
        return false;
    return host_of(text, n, six, place) && port_and_db(text + n + six, place);
}

bool
hp_ledger_place_read(const char *text, hp_ledger_place *place)
{
    const char *rest;

    memset(place, 0, sizeof(*place));
    if (strcmp(text, "memory") == 0)
        return true;
    if ((rest = after(text, "file:")) != NULL) {
        place->kind = HP_LEDGER_FILE;
        return absolute(rest, strlen(rest), place);
    }
    place->kind = HP_LEDGER_REDIS;
    if ((rest = after(text, "unix:")) != NULL)
        return socket_of(rest, place);
    return (rest = after(text, "redis://")) != NULL && address_of(rest, place);
}

/* As a URL has it: no two paths have one name. */
static void
escape(const char *path, char *name)
{
    for (; *path != '\0'; path++) {
        if (*path == '/' || *path == '%')
            name += sprintf(name, "%%%02X", (unsigned)*path);
        else
            *name++ = *path;
    }
    *name = '\0';
}

bool
hp_ledger_place_name(const hp_ledger_place *place, char name[HP_LEDGER_NAME])
{
    char escaped[3 * sizeof(place->path)];
    int n;

    escape(place->path, escaped);
    if (place->path[0] != '\0')
        n = snprintf(name, HP_LEDGER_NAME, "unix-%s-%u", escaped, place->db);
    else
        n = snprintf(name, HP_LEDGER_NAME, "redis-%s-%u-%u", place->host, place->port, place->db);
    return n > 0 && n < HP_LEDGER_NAME;
}
