/*
 * A folder of documents that are named by their SHA-256, put in place as a whole: who reads it sees
 * all of the old ones or all of the new ones.
 */
#ifndef HP_CLI_RULES_FOLDER_H
#define HP_CLI_RULES_FOLDER_H

#include "base/file.h"
#include "base/hex.h"
#include "crypto/crypto.h"

typedef struct {
    char hash[HP_HEX_TEXT(HP_SHA256)]; /* lower case */
    hp_bytes bytes;
} hp_rules_document;

/*
 * Makes the folder with one HASH.json for each document, or puts it in the place of one that holds
 * nothing else.  False with *error; then the folder is what it was.
 */
bool hp_rules_folder_put(const char *folder, const hp_rules_document *documents, size_t n,
                         hp_error *error);

/* 64 digits, letters small? */
bool hp_rules_is_hash(hp_str text);

#endif
