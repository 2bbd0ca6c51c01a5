/* The text of a session's record: what is one is written again as it was, but for what was told. */
#include "fuzz.h"

#include "check/session.h"

static hp_session read, again;

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    char text[HP_SESSION_TEXT];
    size_t size;

    if (!hp_session_read((hp_str){ p, n }, &read))
        return 0;
    size = hp_session_write(&read, text);
    MUST(size > 0);
    MUST(hp_session_read((hp_str){ (const uint8_t *)text, size }, &again));
    again.told = read.told;
    MUST(memcmp(&again, &read, sizeof(read)) == 0);
    return 0;
}

#define BEGIN \
    "healthpass session 1\nuid 1000\njudged 1795860000\nuntil 1795863600\nmade 42\n" \
    "boot 01234567-89ab-cdef-0123-456789abcdef\nleader 4711 99\nparent 1 0\nbound 0\nlimit 0\n" \
    "window 0\nby 0\non-expiry warn\nservice login\ntty tty1\nlogin \nlanguage fr\nmatch none\n" \
    "rules \npolicy /etc/healthpass/policy.conf\nfrom 1795000000\n"
#define ID "0123456789abcdef0123456789abcdef"

void
fuzz_seeds(void (*put)(const char *name, hp_str seed))
{
    put("none", HP_STR(BEGIN "end\n"));
    put("marks", HP_STR(BEGIN "kid 0123456789abcdef\nkey S " ID "\nkey U " ID "\nnumber " ID
                        "\nledger " ID "\nend\n"));
    put("told", HP_STR(BEGIN "key R " ID "\nend\ntold 60\ntold 82\n"));
    put("cut", HP_STR(BEGIN "key S " ID "\n"));
    put("told-cut", HP_STR(BEGIN "end\ntold 60\ntold 8"));
    put("newer", HP_STR("healthpass session 2\n"));
}
