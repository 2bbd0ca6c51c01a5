/* Published lists as they are given; see trusting.h. */
#include "cli/trusting.h"

#include "check/store.h"
#include "cli/cli.h"
#include "feed/feed.h"

#include <sys/stat.h>

static bool
read_list(hp_crypto *crypto, const hp_feed_file *file, hp_records *records, hp_error *error)
{
    const hp_feed *feed = hp_feed_of(file);
    hp_feed_input input = { .files = file, .n = 1 };
    hp_feed_terms terms = { .crypto = crypto, .now = hp_cli_now(), .as_given = true };
    hp_import import = { .terms = &terms };

    if (feed == NULL)
        return false;
    terms.name = feed->name;
    if (!hp_import_run(feed, &input, &import, error))
        return false;
    *records = import.records;
    return true;
}

/* What cannot be read here, or is longer than any list, is left to who reads keys and stores. */
bool
hp_trusting(hp_crypto *crypto, const char *path, hp_records *records, hp_error *error)
{
    hp_feed_file file = { .path = path };
    struct stat st;
    hp_bytes bytes;
    bool good;

    error->text[0] = '\0';
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return read_list(crypto, &file, records, error);
    if (!hp_file_read(path, 0, HP_FEED_MAX, &bytes, NULL, NULL))
        return false;
    file.bytes = (hp_str){ bytes.p, bytes.n };
    good = !hp_store_is(file.bytes) && read_list(crypto, &file, records, error);
    hp_bytes_free(&bytes);
    return good;
}
