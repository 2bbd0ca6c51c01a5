/* Runs feeds for tests; see importer.h. */
#include "importer.h"

#include "maker.h"

#include <stdio.h>
#include <stdlib.h>

void
importer_start(importer *one)
{
    *one = (importer){ .good = false };
    one->terms.crypto = hp_crypto_new();
    one->terms.name = "test";
    one->terms.now = MAKER_NOW;
    one->terms.pins = one->pins;
}

static void
forget(importer *one)
{
    if (one->good)
        hp_records_free(&one->import.records);
    one->good = false;
    one->told[0] = 0;
    one->error.text[0] = 0;
}

void
importer_end(importer *one)
{
    size_t i;

    forget(one);
    for (i = 0; i < one->terms.n_pins; i++)
        hp_pin_free(one->pins[i]);
    hp_crypto_free(one->terms.crypto);
}

void
importer_pin(importer *one, hp_str file)
{
    hp_pin *pin = hp_pin_read(one->terms.crypto, file);

    if (pin == NULL || one->terms.n_pins == sizeof(one->pins) / sizeof(one->pins[0])) {
        fprintf(stderr, "importer: no pin\n");
        exit(1);
    }
    one->pins[one->terms.n_pins++] = pin;
}

static void
tell(void *context, hp_skip why, const char *which)
{
    importer *one = context;
    size_t n = strlen(one->told);

    (void)snprintf(one->told + n, sizeof(one->told) - n, "%s of %s; ", hp_skip_name(why), which);
}

bool
importer_run(importer *one, const hp_feed *feed, const hp_feed_file *files, size_t n,
             hp_str signature)
{
    hp_feed_input input = { .files = files, .n = n };

    forget(one);
    if (signature.p != NULL)
        input.signature = (hp_feed_file){ "list.sig", signature };
    one->import = (hp_import){ .terms = &one->terms, .told = tell, .context = one };
    one->good = hp_import_run(feed, &input, &one->import, &one->error);
    return one->good;
}

bool
importer_run_one(importer *one, const hp_feed *feed, hp_str file, hp_str signature)
{
    return importer_run(one, feed, &(hp_feed_file){ "list", file }, 1, signature);
}

unsigned
importer_skipped(const importer *one, hp_skip why)
{
    return one->import.records.sources[0].skipped[why];
}

const hp_record *
importer_find(const importer *one, hp_role role, hp_str kid, size_t nth)
{
    const hp_records *list = &one->import.records;
    size_t i;

    for (i = 0; i < list->n; i++) {
        if (list->all[i].role == role && (kid.p == NULL || hp_str_eq(list->all[i].kid, kid)) &&
            nth-- == 0)
            return &list->all[i];
    }
    return NULL;
}

size_t
importer_count(const importer *one, hp_role role)
{
    size_t n = 0;

    while (importer_find(one, role, (hp_str){ NULL, 0 }, n) != NULL)
        n++;
    return n;
}
