/* Trust lists for tests; see lists.h. */
#include "lists.h"

#include "maker.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>

static void
check(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "lists: %s\n", what);
    exit(1);
}

/* ---- entries -------------------------------------------------------------------------------- */

hp_str
lists_item(const char *type, const char *country, const pki_cert *cert, const pki_cert *signer)
{
    hp_str cms = pki_cms(signer, pki_der(cert), PKI_DETACHED | PKI_NO_ATTRIBUTES);

    return lists_item_of(type, country, cert, cms);
}

hp_str
lists_item_of(const char *type, const char *country, const pki_cert *cert, hp_str cms)
{
    hp_str print = pki_sha256(pki_der(cert));

    return maker_print("{\"kid\":\"%s\",\"timestamp\":\"2021-06-01T12:00:00Z\",\"country\":\"%s\","
                       "\"certificateType\":\"%s\",\"thumbprint\":\"%s\",\"signature\":\"%s\","
                       "\"rawData\":\"%s\"}",
                       maker_c_string(pki_base64((hp_str){ print.p, HP_KID })), country, type,
                       maker_c_string(pki_hex(print)), maker_c_string(pki_base64(cms)),
                       maker_c_string(pki_base64(pki_der(cert))));
}

hp_str
lists_array(const hp_str *items)
{
    hp_str all = HP_STR("[");
    size_t i;

    for (i = 0; items[i].n > 0; i++)
        all = MAKER_JOIN(all, i > 0 ? HP_STR(",\n") : HP_STR(" "), items[i]);
    return MAKER_JOIN(all, HP_STR("]"));
}

/* ---- archives ------------------------------------------------------------------------------- */

static void
put_file(struct archive *zip, const lists_file *file)
{
    struct archive_entry *entry = archive_entry_new();
    size_t n = strlen(file->name);
    bool folder = n > 0 && file->name[n - 1] == '/';

    check(entry != NULL, "no memory");
    archive_entry_set_pathname(entry, file->name);
    archive_entry_set_filetype(entry, file->link != NULL ? AE_IFLNK : folder ? AE_IFDIR : AE_IFREG);
    archive_entry_set_perm(entry, folder ? 0755 : 0644);
    archive_entry_set_mtime(entry, 1622548800, 0);
    if (file->link != NULL)
        archive_entry_set_symlink(entry, file->link);
    else
        archive_entry_set_size(entry, (la_int64_t)file->content.n);
    check(archive_write_header(zip, entry) == ARCHIVE_OK, "an entry cannot be written");
    if (file->link == NULL && file->content.n > 0)
        check(archive_write_data(zip, file->content.p, file->content.n) ==
                  (la_ssize_t)file->content.n,
              "an entry's content cannot be written");
    archive_entry_free(entry);
}

/* What a writer that knows its format makes of the files. */
static hp_str
archive_of(struct archive *to, const lists_file *files, size_t n)
{
    static uint8_t room[(size_t)4 << 20];
    size_t i, used = 0;

    check(archive_write_open_memory(to, room, sizeof(room), &used) == ARCHIVE_OK, "no archive");
    for (i = 0; i < n; i++)
        put_file(to, &files[i]);
    check(archive_write_close(to) == ARCHIVE_OK, "the archive cannot be ended");
    (void)archive_write_free(to);
    return maker_copy((hp_str){ room, used });
}

hp_str
lists_zip(const lists_file *files, size_t n, const char *options)
{
    struct archive *zip = archive_write_new();

    check(zip != NULL && archive_write_set_format_zip(zip) == ARCHIVE_OK &&
              archive_write_set_passphrase(zip, "secret") == ARCHIVE_OK &&
              (options == NULL || archive_write_set_options(zip, options) == ARCHIVE_OK),
          "no archive");
    return archive_of(zip, files, n);
}

hp_str
lists_tar(const lists_file *files, size_t n)
{
    struct archive *tar = archive_write_new();

    check(tar != NULL && archive_write_set_format_pax_restricted(tar) == ARCHIVE_OK &&
              archive_write_add_filter_gzip(tar) == ARCHIVE_OK,
          "no archive");
    return archive_of(tar, files, n);
}

/* ---- imports --------------------------------------------------------------------------------- */

static lists_result result;
static hp_error error;

static void
told(void *context, hp_skip why, const char *which)
{
    size_t used = strlen(result.skipped);

    (void)context;
    (void)snprintf(result.skipped + used, sizeof(result.skipped) - used, "%s:%s ",
                   hp_skip_name(why), which);
}

void
lists_end(void)
{
    hp_records_free(&result.records);
    memset(&result, 0, sizeof(result));
}

const lists_result *
lists_import(const hp_feed *feed, const hp_feed_terms *terms, const hp_feed_input *input)
{
    hp_import import = { .terms = terms, .told = told };

    lists_end();
    hp_error_set(&error, "no reason was given");
    result.why = hp_import_run(feed, input, &import, &error) ? "" : error.text;
    if (*result.why == '\0') {
        result.source = *import.source;
        result.records = import.records;
    }
    return &result;
}

const lists_result *
lists_import_one(const hp_feed *feed, const hp_feed_terms *terms, hp_str file)
{
    hp_feed_file one = { .path = "list", .bytes = file };
    hp_feed_input input = { .files = &one, .n = 1 };

    return lists_import(feed, terms, &input);
}

const hp_record *
lists_find(const lists_result *from, const pki_cert *cert)
{
    uint8_t kid[HP_KID];
    size_t i;

    pki_kid(cert, kid);
    for (i = 0; i < from->records.n; i++) {
        if (hp_str_eq(from->records.all[i].kid, (hp_str){ kid, HP_KID }))
            return &from->records.all[i];
    }
    return NULL;
}
