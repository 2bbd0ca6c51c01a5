/* Splits a JWS; see jws.h. */
#include "codec/jws.h"

#include "codec/base64.h"
#include "codec/jscan.h"

static bool
is_base64url(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           c == '-' || c == '_';
}

bool
hp_jws_is(hp_str text)
{
    size_t i, dots = 0, part = 0;

    for (i = 0; i < text.n; i++) {
        if (text.p[i] != '.' && !is_base64url(text.p[i]))
            return false;
        if (text.p[i] == '.' && part == 0)
            return false;
        dots += text.p[i] == '.';
        part = text.p[i] == '.' ? 0 : part + 1;
    }
    return dots == 2;
}

/* The text up to the next dot, or to the end; *rest is what stands behind the dot. */
static hp_str
next_part(hp_str *rest)
{
    const uint8_t *dot = rest->n > 0 ? memchr(rest->p, '.', rest->n) : NULL;
    hp_str part = { rest->p, dot != NULL ? (size_t)(dot - rest->p) : rest->n };

    *rest = hp_str_from(*rest, dot != NULL ? part.n + 1 : part.n);
    return part;
}

typedef bool reader(hp_str text, hp_base64 alphabet, uint8_t *out, size_t *n);

static bool
decode(hp_str part, reader *read, hp_arena *arena, hp_str *bytes)
{
    uint8_t *out = hp_arena_take(arena, HP_BASE64_BYTES(part.n));

    *bytes = (hp_str){ out, 0 };
    return out != NULL && read(part, HP_BASE64_URL, out, &bytes->n);
}

bool
hp_jws_read(hp_str text, hp_arena *arena, hp_jws *jws)
{
    hp_str rest = text, header, payload, bytes;

    if (!hp_jws_is(text))
        return false;
    header = next_part(&rest);
    payload = next_part(&rest);
    jws->tbs = (hp_str){ text.p, header.n + 1 + payload.n };
    return decode(header, hp_base64_read, arena, &bytes) &&
           decode(payload, hp_base64_read, arena, &jws->payload) &&
           decode(rest, hp_base64_read_loose, arena, &jws->signature) &&
           hp_jscan(bytes, arena, &jws->header) &&
           jws->header->kind == HP_NODE_MAP &&
           hp_node_member(jws->header, HP_STR("crit")) == NULL;
}
