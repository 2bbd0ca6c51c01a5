/*
 * revoke update with each allocation failing once, over each form of list: it ends in peace, with
 * an exit code of the manual, and the index is the old one or the new one.
 */
#include "unit.h"

#include "check/index.h"
#include "maker.h"
#include "starver.h"

#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- a server ----------------------------------------------------------------------------- */

static int port;
static pid_t server;

#define SLICE "9c56cc51b374c3ba189210d5b6d4bf57790d351c96c47c02190ecf1e430635ab" /* nobody has it */

static const char *
body_of(const char *path)
{
    static const char *const bodies[][2] = {
        { "/list", "00112233445566778899aabbccddeeff\n# nothing more\n" },
        { "/ucis", "URN:UVCI:01:UT:ABC#X\r\n" },
        { "/gw/revocation-list", "{\"more\":false,\"batches\":[]}" },
        { "/iss/.well-known/jwks.json", "{\"keys\":[{\"kid\":\"a\"},{\"kid\":"
          "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\",\"crlVersion\":1}]}" },
        { "/iss/.well-known/crl/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA.json",
          "{\"kid\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\",\"method\":\"rid\",\"ctr\":1,"
          "\"rids\":[\"aaaa\"]}" },
        { "/ds/lists", "[{\"kid\":\"AAECAwQFBgc=\",\"mode\":\"POINT\",\"hashTypes\":[\"UCI\"],"
          "\"expires\":\"2099-01-01T00:00:00Z\",\"lastUpdated\":\"2026-01-01T00:00:00Z\"}]" },
        { "/ds/lists/AAECAwQFBgc/partitions", "[{\"kid\":\"AAECAwQFBgc=\",\"id\":null,\"x\":null,"
          "\"y\":null,\"lastUpdated\":\"2026-01-01T00:00:00Z\",\"expired\":\"2099-01-01T00:00:00Z\","
          "\"chunks\":{\"a\":{\"2001-01-01T00:00:00Z\":{\"type\":\"BLOOMFILTER\",\"version\":\"1\","
          "\"hash\":\"" SLICE "\"}}}}]" },
    };

    for (size_t i = 0; i < COUNT(bodies); i++) {
        if (strcmp(bodies[i][0], path) == 0)
            return bodies[i][1];
    }
    return "";
}

static void
answer(int fd)
{
    char request[4096], path[256] = "", head[256];
    ssize_t n = read(fd, request, sizeof(request) - 1);
    const char *body;

    request[n > 0 ? n : 0] = '\0';
    (void)sscanf(request, "GET %255s", path);
    body = body_of(path);
    n = snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nConnection: close\r\n"
                                     "Content-Length: %zu\r\n\r\n", strlen(body));
    (void)!write(fd, head, (size_t)n);
    (void)!write(fd, body, strlen(body));
    (void)close(fd);
}

static int
start_server(void **state)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    socklen_t n = sizeof(at);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    (void)state;
    assert_int_equal(bind(fd, (struct sockaddr *)&at, n), 0);
    assert_int_equal(listen(fd, 16), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &n), 0);
    port = ntohs(at.sin_port);
    server = fork();
    assert_true(server >= 0);
    while (server == 0)
        answer(accept(fd, NULL, NULL));
    return close(fd);
}

static int
stop_server(void **state)
{
    (void)state;
    (void)kill(server, SIGKILL);
    return waitpid(server, NULL, 0) == server ? 0 : -1;
}

/* ---- the command -------------------------------------------------------------------------- */

/* Lists in the index, which must be whole. */
static size_t
lists_in(hp_crypto *crypto, const char *path)
{
    hp_index *index;
    hp_error error;
    size_t n;

    if (access(path, F_OK) != 0)
        return 0;
    index = hp_index_open(crypto, path, HP_FILE_OWNED, NULL, &error);
    if (index == NULL || !hp_index_check(crypto, index, &error))
        fail_msg("%s", error.text);
    n = hp_index_sources(index);
    hp_index_close(index);
    return n;
}

/* keys: those of the list beside name and url. */
static void
fail_once(const char *name, const char *path, const char *keys)
{
    const char *index = maker_c_string(maker_print("%s/%s.index", maker_folder(), name));
    const char *feeds = maker_file("feeds.conf", maker_print("index = \"%s\"; revocations = ( { "
        "name = \"n\"; url = \"http://127.0.0.1:%d%s\"; %s } );", index, port, path, keys));

    starver_update(&hp_cli_revoke_update, feeds, index, lists_in);
}

static void
plain_lists(void **state)
{
    (void)state;
    fail_once("list", "/list", "from = \"list\"; kind = \"uci\"; allow_unsigned = true;");
    fail_once("ucis", "/ucis", "from = \"list\"; plain = true; allow_unsigned = true;");
}

static void
a_gateway(void **state)
{
    const maker_key *key = maker_key_new(HP_ALG_ES256, "");
    const char *pin = maker_file("upload.pem", hp_str_of(key->pem));

    (void)state;
    fail_once("gw", "/gw", maker_c_string(maker_print("from = \"gateway\"; pin = \"%s\";", pin)));
}

static void
an_issuer(void **state)
{
    (void)state;
    fail_once("shc", "/iss", "from = \"shc\"; issuer = \"https://i.example\"; allow_unsigned = true;");
}

static void
a_service(void **state)
{
    (void)state;
    fail_once("ds", "/ds", "from = \"slices\"; allow_unsigned = true;");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(plain_lists),
    cmocka_unit_test(a_gateway),
    cmocka_unit_test(an_issuer),
    cmocka_unit_test(a_service),
};

UNIT_MAIN_WITH(tests, start_server, stop_server)
