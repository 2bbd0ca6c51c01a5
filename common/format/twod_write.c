/* Puts seals together; see twod_write.h. */
#include "format/twod_write.h"

#include "codec/base32.h"

#include <stdio.h>
#include <stdlib.h>

#define EPOCH   10957 /* 2000-01-01, in days since 1970-01-01 */
#define UNDATED 0xFFFF

/* A text that grows; full once something did not fit. */
typedef struct {
    char *p;
    size_t n, max;
    bool full;
} out;

static void
put(out *o, hp_str s)
{
    o->full = o->full || s.n > o->max - o->n;
    if (o->full || s.n == 0)
        return;
    memcpy(o->p + o->n, s.p, s.n);
    o->n += s.n;
}

static void
put_byte(out *o, uint8_t c)
{
    put(o, (hp_str){ &c, 1 });
}

/* ---- the message ---------------------------------------------------------- */

bool
hp_twod_is_name(const char *text)
{
    return strlen(text) == HP_TWOD_NAME &&
           strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == HP_TWOD_NAME;
}

static unsigned
coded(int64_t day)
{
    return day == HP_TWOD_UNDATED ? UNDATED : (unsigned)(day - EPOCH) & 0xFFFF;
}

static void
put_head(out *o, const hp_twod_wish *wish, hp_str type)
{
    char head[32];

    (void)snprintf(head, sizeof(head), "DC04%.8s%04X%04X", wish->name, coded(wish->issued),
                   coded(wish->sealed));
    put(o, hp_str_of(head));
    put(o, type);
    put(o, HP_STR("01FR"));
}

/* What is longer than its field is cut, and says so. */
static bool
put_field(out *o, const hp_twod_field *f, hp_str value)
{
    bool cut = value.n > f->most;

    put(o, hp_str_of(f->id));
    put(o, (hp_str){ value.p, cut ? f->most : value.n });
    if (f->least < f->most)
        put_byte(o, cut ? HP_TWOD_RS : HP_TWOD_GS);
    return value.p != NULL && value.n >= f->least && (!cut || f->least < f->most);
}

/* ---- the seal ------------------------------------------------------------- */

/* A forged signature is one over something else. */
static bool
put_signature(out *o, const hp_twod_wish *wish)
{
    uint8_t signature[HP_SIGN_MAX];
    char text[HP_BASE32_TEXT(HP_SIGN_MAX)];
    hp_str tbs = { (const uint8_t *)o->p, o->n };
    size_t n;

    if (wish->forge)
        tbs.n--;
    if (hp_alg_half(hp_signer_alg(wish->signer)) == 0 ||
        !hp_signer_sign(wish->signer, tbs, signature, &n))
        return false;
    hp_base32_write((hp_str){ signature, n }, text);
    put_byte(o, HP_TWOD_US);
    put(o, (hp_str){ (const uint8_t *)text, HP_BASE32_TEXT(n) });
    return true;
}

/* Letters and digits stand in a link as they are. */
static void
put_link(out *o, hp_str seal)
{
    char coded_byte[4];
    size_t i;

    put(o, HP_STR(HP_TWOD_LINK "?v="));
    for (i = 0; i < seal.n; i++) {
        uint8_t c = seal.p[i];

        (void)snprintf(coded_byte, sizeof(coded_byte), "%%%02X", c);
        if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'))
            put_byte(o, c);
        else
            put(o, hp_str_of(coded_byte));
    }
}

bool
hp_twod_write_message(const hp_twod_wish *wish, hp_str message, char text[HP_TWOD_TEXT_MAX],
                      size_t *n)
{
    char room[HP_TWOD_TEXT_MAX];
    out seal = { .p = room, .max = sizeof(room) }, to = { .p = text, .max = HP_TWOD_TEXT_MAX };

    put(&seal, message);
    if (seal.full || message.n == 0 || !put_signature(&seal, wish) || seal.full)
        return false;
    if (wish->link)
        put_link(&to, (hp_str){ (const uint8_t *)room, seal.n });
    else
        put(&to, (hp_str){ (const uint8_t *)room, seal.n });
    *n = to.n;
    return !to.full;
}

bool
hp_twod_write_fields(const hp_twod_wish *wish, hp_str type, hp_str fields,
                     char text[HP_TWOD_TEXT_MAX], size_t *n)
{
    char room[HP_TWOD_TEXT_MAX];
    out message = { .p = room, .max = sizeof(room) };

    put_head(&message, wish, type);
    put(&message, fields);
    return !message.full &&
           hp_twod_write_message(wish, (hp_str){ (const uint8_t *)room, message.n }, text, n);
}

bool
hp_twod_write(const hp_twod_wish *wish, const hp_json *values, char text[HP_TWOD_TEXT_MAX],
              size_t *n)
{
    char room[HP_TWOD_TEXT_MAX];
    out fields = { .p = room, .max = sizeof(room) };
    hp_str type = hp_json_text(hp_json_get(values, "type"));
    const hp_twod_field *f = hp_twod_fields_of(type);
    bool good = f != NULL;

    for (; good && f->id[0] != 0; f++)
        good = put_field(&fields, f, hp_json_text(hp_json_get(values, f->id)));
    return good && !fields.full &&
           hp_twod_write_fields(wish, type, (hp_str){ (const uint8_t *)room, fields.n }, text, n);
}
