/*
 * wire.h: what goes between the module and a scan helper, see healthpass-scan(8).
 *
 * Over a connection of AF_UNIX, SOCK_SEQPACKET, one message there and one back:
 *
 *     HPSCAN/1 <id> <seconds>\n           who asks, and how long he waits
 *     HPSCAN/1 <id> <word>\n[<text>]      what became of it; behind the word "scan" the code's text
 *
 * The id, 128 random bits in lower-case hex, tells an answer to this request from any other.
 */
#ifndef HP_PAM_WIRE_H
#define HP_PAM_WIRE_H

#include "base/str.h"

#define HP_SCAN_ID 16          /* bytes of an id */
#define HP_SCAN_REQUEST_MAX 64 /* bytes of a request, with room to spare */
#define HP_SCAN_REPLY_MAX 8192 /* bytes of a reply */
#define HP_SCAN_HEAD 47        /* bytes of a reply in front of the text */
#define HP_SCAN_TEXT_MAX (HP_SCAN_REPLY_MAX - HP_SCAN_HEAD)
#define HP_SCAN_SECONDS_MAX 86400

/* The words, in the order of their names in wire.c. */
typedef enum {
    HP_SCAN_TEXT,   /* a code was read, and its text follows */
    HP_SCAN_NONE,   /* nobody showed one in time */
    HP_SCAN_LONG,   /* it is longer than a reply may be */
    HP_SCAN_ABSENT, /* there is no scanner now */
    HP_SCAN_BUSY,   /* somebody else is being served */
    HP_SCAN_FAULT   /* the scanner failed */
} hp_scan_word;

typedef struct {
    uint8_t id[HP_SCAN_ID];
    unsigned seconds; /* 1 to HP_SCAN_SECONDS_MAX */
} hp_scan_request;

/* The length of what was written to message. */
size_t hp_scan_write_request(const hp_scan_request *request, char message[HP_SCAN_REQUEST_MAX]);

/* False for anything but a whole request of this version. */
bool hp_scan_read_request(hp_str message, hp_scan_request *request);

/* The head of a reply, which the text follows; its length, at most HP_SCAN_HEAD and a zero. */
size_t hp_scan_write_head(const uint8_t id[HP_SCAN_ID], hp_scan_word word,
                          char head[HP_SCAN_HEAD + 8]);

/* False for anything but a whole reply of this version to this id.  *text borrows from it. */
bool hp_scan_read_reply(hp_str message, const uint8_t id[HP_SCAN_ID], hp_scan_word *word,
                        hp_str *text);

#endif
