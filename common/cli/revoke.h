/*
 * What `revoke add`, `remove` and `list` share: which list is meant, and which blocks.
 *
 * What was typed, and what a pass says, is hashed at once: it is neither printed nor stored.
 */
#ifndef HP_CLI_REVOKE_H
#define HP_CLI_REVOKE_H

#include "cli/cli.h"
#include "cli/deny_where.h"

#define HP_REVOKE_POLICY "/etc/healthpass/policy.conf"
#define HP_REVOKE_LIST   "/var/lib/healthpass/deny.list"
#define HP_REVOKE_DAYS   31

/* As typed; NULL or empty: not said. */
typedef struct {
    const char *policy, *list;
    const char *pass, *uci, *prefix, *pass_id;
    const char *from; /* of pass_id: where nginx shows its ledger */
    long days;        /* and how far back it is looked for */
    int door;         /* 0 web, 1 pam: whose group of the policy says which ledger; -1: neither */
    hp_cli_texts hashes, trust;
    bool token_only, any;
    bool removing; /* then all blocks are meant that what was said can have brought */
} hp_revoke_what;

/* What is wrong with it, or NULL. */
const char *hp_revoke_complaint(const hp_revoke_what *what);

/* Where the list is; false once it was said why.  End it by hp_deny_where_free() on true. */
bool hp_revoke_where(const hp_cli_command *self, const hp_revoke_what *what,
                     hp_deny_where *where);

/*
 * The blocks that are meant, each once, with nothing but kind, length and hash.  Gives an exit
 * code; unless that is HP_EXIT_OK, it was said why.
 */
int hp_revoke_blocks(const hp_cli_command *self, const hp_revoke_what *what, hp_blocks *blocks);

/* Those of a pass: revoke_pass.c. */
int hp_revoke_pass(const hp_cli_command *self, const hp_revoke_what *what, hp_blocks *blocks);

/* That of the pass which logs call so: revoke_pass_id.c. */
int hp_revoke_pass_id(const hp_cli_command *self, const hp_revoke_what *what, hp_blocks *blocks);
bool hp_revoke_is_pass_id(const char *text); /* enough digits, and nothing else? */

/* Adds a block unless it is there; false when memory runs out. */
bool hp_revoke_put(hp_blocks *blocks, char kind, unsigned length, const uint8_t hash[HP_LISTED]);

/* The same of the hash of a text, given in parts; false when crypto fails, too. */
bool hp_revoke_put_text(hp_crypto *crypto, hp_blocks *blocks, char kind, unsigned length,
                        const hp_str *parts, size_t n);

/* "3 keys", "1 key" */
#define HP_REVOKE_COUNT 32
const char *hp_revoke_count(size_t n, char text[HP_REVOKE_COUNT]);

#endif
