/* The text of a feeds file: feeds within their limits, or an error that names the file. */
#include "fuzz.h"

#include "cli/feeds.h"

static void
check(const hp_feeds_entry *feed)
{
    MUST(feed->name[0] != '\0' && strlen(feed->name) < HP_SOURCE_NAME);
    MUST(feed->from != NULL && feed->n_urls > 0 && feed->n_urls <= HP_FEEDS_URLS);
    MUST(feed->urls[0][0] != '\0');
    MUST(feed->n_pins <= HP_FEEDS_VOUCHERS && feed->n_authorities <= HP_FEEDS_VOUCHERS);
    MUST(feed->every >= 60 && feed->every <= 7 * 86400);
    MUST(feed->max_age >= 0 && feed->timeout >= 1 && feed->timeout <= 3600);
    MUST(feed->max_size >= 1 && feed->max_size <= HP_FEED_MAX);
    MUST(!feed->allow_unsigned || feed->n_pins == 0);
}

static void
check_revocation(const hp_feeds_revocation *r)
{
    size_t i;

    MUST(r->name[0] != '\0' && r->name[0] != '.' && strlen(r->name) < HP_SOURCE_NAME);
    MUST(r->from <= HP_FEEDS_LIST && r->url[0] != '\0' && r->url[0] != '/');
    MUST(r->n_pins <= HP_FEEDS_VOUCHERS && r->n_kids <= HP_FEEDS_KIDS);
    MUST((r->n_pins > 0) == (r->from == HP_FEEDS_GATEWAY));
    MUST(r->allow_unsigned == (r->from != HP_FEEDS_GATEWAY));
    MUST((r->client_cert == NULL) == (r->client_key == NULL));
    MUST(r->every >= 60 && r->every <= 7 * 86400);
    MUST(r->max_age >= 0 && r->timeout >= 1 && r->timeout <= 3600);
    MUST(r->max_size >= 1 && r->max_size <= (r->from == HP_FEEDS_LIST ? 4096.0 : 64) * (1 << 20));
    for (i = 0; i < r->n_kids; i++)
        MUST(strpbrk(r->kids[i], "./%?") == NULL && r->kids[i][0] != '\0');
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    char *text = malloc(n + 1); /* as hp_file_read() gives it, with a zero behind */
    hp_feeds_file file;
    hp_error error = { "" };

    MUST(text != NULL);
    memcpy(text, p, n);
    text[n] = '\0';
    if (hp_feeds_read("feeds.conf", (hp_str){ (uint8_t *)text, n }, &file, &error)) {
        MUST((file.store != NULL) == (file.n > 0) && file.n <= HP_SOURCES_MAX);
        MUST((file.index != NULL) == (file.n_revocations > 0));
        MUST(file.store == NULL || file.store[0] == '/');
        MUST(file.index == NULL || file.index[0] == '/');
        MUST(file.n > 0 || file.n_revocations > 0);
        for (size_t i = 0; i < file.n; i++)
            check(&file.all[i]);
        for (size_t i = 0; i < file.n_revocations; i++)
            check_revocation(&file.revocations[i]);
        hp_feeds_free(&file);
    } else {
        MUST(strncmp(error.text, "feeds.conf:", 11) == 0);
    }
    free(text);
    return 0;
}

void
fuzz_seeds(void (*put)(const char *name, hp_str seed))
{
    put("small", HP_STR("store=\"/s\";feeds=({name=\"n\";from=\"de\";url=\"https://h/l\";});\n"));
    put("all", HP_STR("store = \"/s\"; environment = \"dev\"; ca = \"/c\"; proxy = \"http://p:1\";\n"
        "feeds = ( { name = \"n\"; from = \"vci\"; url = [ \"/a\", \"file:///b\" ];\n"
        "signature_url = \"http://[::1]:8/s\"; pin = [ \"/p\", \"/q\" ]; authorities = \"/a\";\n"
        "issuer = \"https://i\"; every = \"6h\"; max_age = \"3d\"; timeout = \"9s\";\n"
        "max_size = \"4M\"; allow_unsigned = off; allow_unreadable_eku = \"on\"; } );\n"));
    put("two", HP_STR("store=\"/s\";feeds=({name=\"n\";from=\"de\";url=\"/a\";},"
        "{name=\"n\";from=\"de\";url=\"http://localhost/\";allow_unsigned=true;});"));
    put("revocations", HP_STR("index = \"/i\"; revocations = ( { name = \"g\"; from = \"gateway\";\n"
        "url = \"https://g\"; pin = \"/p\"; client_cert = \"/c\"; client_key = \"/k\"; }, {\n"
        "name = \"s\"; from = \"slices\"; url = \"https://s\"; filter = \"hashes\";\n"
        "allow_unsigned = \"on\"; }, { name = \"c\"; from = \"shc\"; url = \"https://i\";\n"
        "issuer = \"https://i\"; kid = [ \"a\", \"b-_\" ]; allow_unsigned = on; }, { name = \"l\";\n"
        "from = \"list\"; url = \"https://l/?x\"; kind = \"uci\"; allow_unsigned = true; } );\n"));
    put("plain", HP_STR("index=\"/i\";revocations=({name=\"l\";from=\"list\";url=\"https://l\";"
        "plain=true;max_size=\"4096M\";allow_unsigned=true;});"));
    put("nested", HP_STR("store=\"/s\";feeds=(({name=\"n\";},{}),[1,2]);"));
    put("include", HP_STR("@include \"/etc/passwd\"\n"));
}
