/* Reads CBOR into a tree, item by item; see cbor.h. */
#include "codec/cbor.h"

#include "base/cursor.h"
#include "base/utf8.h"

#include <cbor.h>

/* What one call of the streaming decoder reported. */
typedef struct {
    hp_node_kind kind;
    bool indefinite; /* of unknown length, or the chunks of a string */
    bool end;        /* the break that ends something indefinite */
    union {
        hp_str str;
        uint64_t num; /* value, tag, or number of elements or pairs */
        double real;
    };
} item;

static void
on_uint8(void *it, uint8_t v)
{
    *(item *)it = (item){ .kind = HP_NODE_UINT, .num = v };
}

static void
on_uint16(void *it, uint16_t v)
{
    *(item *)it = (item){ .kind = HP_NODE_UINT, .num = v };
}

static void
on_uint32(void *it, uint32_t v)
{
    *(item *)it = (item){ .kind = HP_NODE_UINT, .num = v };
}

static void
on_uint64(void *it, uint64_t v)
{
    *(item *)it = (item){ .kind = HP_NODE_UINT, .num = v };
}

static void
on_negint8(void *it, uint8_t v)
{
    *(item *)it = (item){ .kind = HP_NODE_NEGINT, .num = v };
}

static void
on_negint16(void *it, uint16_t v)
{
    *(item *)it = (item){ .kind = HP_NODE_NEGINT, .num = v };
}

static void
on_negint32(void *it, uint32_t v)
{
    *(item *)it = (item){ .kind = HP_NODE_NEGINT, .num = v };
}

static void
on_negint64(void *it, uint64_t v)
{
    *(item *)it = (item){ .kind = HP_NODE_NEGINT, .num = v };
}

static void
on_bytes(void *it, cbor_data p, size_t n)
{
    *(item *)it = (item){ .kind = HP_NODE_BYTES, .str = { p, n } };
}

static void
on_bytes_start(void *it)
{
    *(item *)it = (item){ .kind = HP_NODE_BYTES, .indefinite = true };
}

static void
on_text(void *it, cbor_data p, size_t n)
{
    *(item *)it = (item){ .kind = HP_NODE_TEXT, .str = { p, n } };
}

static void
on_text_start(void *it)
{
    *(item *)it = (item){ .kind = HP_NODE_TEXT, .indefinite = true };
}

static void
on_array(void *it, size_t n)
{
    *(item *)it = (item){ .kind = HP_NODE_ARRAY, .num = n };
}

static void
on_array_start(void *it)
{
    *(item *)it = (item){ .kind = HP_NODE_ARRAY, .indefinite = true };
}

static void
on_map(void *it, size_t n)
{
    *(item *)it = (item){ .kind = HP_NODE_MAP, .num = n };
}

static void
on_map_start(void *it)
{
    *(item *)it = (item){ .kind = HP_NODE_MAP, .indefinite = true };
}

static void
on_tag(void *it, uint64_t v)
{
    *(item *)it = (item){ .kind = HP_NODE_TAG, .num = v };
}

static void
on_float(void *it, float v)
{
    *(item *)it = (item){ .kind = HP_NODE_REAL, .real = (double)v };
}

static void
on_double(void *it, double v)
{
    *(item *)it = (item){ .kind = HP_NODE_REAL, .real = v };
}

static void
on_bool(void *it, bool v)
{
    *(item *)it = (item){ .kind = v ? HP_NODE_TRUE : HP_NODE_FALSE };
}

static void
on_null(void *it)
{
    *(item *)it = (item){ .kind = HP_NODE_NULL };
}

static void
on_undefined(void *it)
{
    *(item *)it = (item){ .kind = HP_NODE_UNDEFINED };
}

static void
on_break(void *it)
{
    *(item *)it = (item){ .end = true };
}

static const struct cbor_callbacks callbacks = {
    .uint8 = on_uint8,
    .uint16 = on_uint16,
    .uint32 = on_uint32,
    .uint64 = on_uint64,
    .negint8 = on_negint8,
    .negint16 = on_negint16,
    .negint32 = on_negint32,
    .negint64 = on_negint64,
    .byte_string = on_bytes,
    .byte_string_start = on_bytes_start,
    .string = on_text,
    .string_start = on_text_start,
    .array_start = on_array,
    .indef_array_start = on_array_start,
    .map_start = on_map,
    .indef_map_start = on_map_start,
    .tag = on_tag,
    .float2 = on_float,
    .float4 = on_float,
    .float8 = on_double,
    .boolean = on_bool,
    .null = on_null,
    .undefined = on_undefined,
    .indef_break = on_break,
};

typedef struct {
    hp_cur cur;
    hp_arena *arena;
    size_t items;
} reader;

/*
 * Takes the head of the next item (and the bytes of a string).  libcbor 0.8 refuses tags
 * 6 to 20 in their one-byte form, COSE's own tag 18 among them: those are read here.
 */
static bool
next(reader *r, item *it)
{
    struct cbor_decoder_result got;

    if (hp_cur_left(&r->cur) == 0 || ++r->items > HP_CBOR_ITEMS)
        return false;
    if (*r->cur.p >= 0xC6 && *r->cur.p <= 0xD4) {
        on_tag(it, *hp_cur_take(&r->cur, 1) - UINT64_C(0xC0));
        return true;
    }
    got = cbor_stream_decode(r->cur.p, hp_cur_left(&r->cur), &callbacks, it);
    return got.status == CBOR_DECODER_FINISHED && hp_cur_take(&r->cur, got.read) != NULL;
}

/*
 * Joins the chunks up to the break: definite strings of the same kind (RFC 8949, 3.2.3),
 * each of them UTF-8 by itself, so that the whole is too.
 */
static bool
join_chunks(reader *r, hp_node *n)
{
    size_t left = hp_cur_left(&r->cur);
    uint8_t *joined = hp_arena_take(r->arena, left);
    size_t points, used = 0;
    item it = { .end = false };

    if (joined == NULL)
        return false;
    while (next(r, &it) && !it.end) {
        if (it.kind != n->kind || it.indefinite)
            return false;
        if (it.kind == HP_NODE_TEXT && !hp_utf8_count(it.str, &points))
            return false;
        if (it.str.n > 0)
            memcpy(joined + used, it.str.p, it.str.n);
        used += it.str.n;
    }
    hp_arena_trim(r->arena, joined, left, used);
    n->str = (hp_str){ joined, used };
    return it.end;
}

static bool
read_string(reader *r, const item *it, hp_node *n)
{
    size_t points;

    if (it->indefinite)
        return join_chunks(r, n);
    n->str = it->str;
    return n->kind == HP_NODE_BYTES || hp_utf8_count(n->str, &points);
}

static hp_node *build(reader *r, const item *it, unsigned depth);

/* Is the key one that passes know, and new in this map? */
static bool
good_key(const hp_node *map, const hp_node *key)
{
    const hp_node *k;

    if (key->kind != HP_NODE_UINT && key->kind != HP_NODE_NEGINT && key->kind != HP_NODE_TEXT)
        return false;
    for (k = map->child; k != key; k = k->next->next) {
        if (hp_node_same_key(k, key))
            return false;
    }
    return true;
}

/* Reads the elements of an array, or keys and values of a map, in turn. */
static bool
read_children(reader *r, const item *head, hp_node *parent, unsigned depth)
{
    bool map = parent->kind == HP_NODE_MAP;
    const hp_node **end = &parent->child;
    const hp_node *key = NULL;
    hp_node *n;
    uint64_t i;
    item it;

    for (i = 0; head->indefinite || i < head->num || key != NULL; i += key == NULL) {
        if (!next(r, &it))
            return false;
        if (it.end)
            return head->indefinite && key == NULL;
        n = build(r, &it, depth);
        if (n == NULL)
            return false;
        *end = n;
        end = &n->next;
        if (map && key == NULL) {
            key = n;
            if (parent->count == HP_CBOR_PAIRS || !good_key(parent, key))
                return false;
            continue;
        }
        key = NULL;
        parent->count++;
    }
    return true;
}

static bool
read_tagged(reader *r, const item *head, hp_node *n, unsigned depth)
{
    item it;

    n->num = head->num;
    n->child = next(r, &it) && !it.end ? build(r, &it, depth) : NULL;
    return n->child != NULL;
}

/* Makes the node of an item whose head was just taken, with all that is inside it. */
static hp_node *
build(reader *r, const item *it, unsigned depth)
{
    hp_node *n = hp_arena_take(r->arena, sizeof(*n));
    bool good = true;

    if (n == NULL)
        return NULL;
    *n = (hp_node){ .kind = it->kind };
    switch (it->kind) {
    case HP_NODE_ARRAY:
    case HP_NODE_MAP:
        good = depth < HP_CBOR_DEPTH && read_children(r, it, n, depth + 1);
        break;
    case HP_NODE_TAG:
        good = depth < HP_CBOR_DEPTH && read_tagged(r, it, n, depth + 1);
        break;
    case HP_NODE_TEXT:
    case HP_NODE_BYTES:
        good = read_string(r, it, n);
        break;
    case HP_NODE_REAL:
        n->real = it->real;
        break;
    case HP_NODE_UINT:
    case HP_NODE_NEGINT:
        n->num = it->num;
        break;
    case HP_NODE_FALSE:
    case HP_NODE_TRUE:
    case HP_NODE_NULL:
    case HP_NODE_UNDEFINED:
        break;
    }
    return good ? n : NULL;
}

const hp_node *
hp_cbor_read(hp_str in, hp_arena *arena)
{
    reader r = { hp_cur_of(in), arena, 0 };
    const hp_node *root;
    item it;

    if (!next(&r, &it) || it.end)
        return NULL;
    root = build(&r, &it, 0);
    return hp_cur_done(&r.cur) ? root : NULL;
}

/* Room for one head, which has at most nine bytes. */
static uint8_t *
head_room(hp_cbor_out *o)
{
    if (o->full || o->max - o->n < 9) {
        o->full = true;
        return NULL;
    }
    return o->p + o->n;
}

#define PUT(encode)                  \
    do {                             \
        uint8_t *p = head_room(o);   \
        if (p != NULL)               \
            o->n += (encode);        \
    } while (0)

void
hp_cbor_put_uint(hp_cbor_out *o, uint64_t value)
{
    PUT(cbor_encode_uint(value, p, 9));
}

void
hp_cbor_put_int(hp_cbor_out *o, int64_t value)
{
    if (value >= 0)
        hp_cbor_put_uint(o, (uint64_t)value);
    else
        PUT(cbor_encode_negint((uint64_t)(-1 - value), p, 9));
}

void
hp_cbor_put_double(hp_cbor_out *o, double value)
{
    PUT(cbor_encode_double(value, p, 9));
}

void
hp_cbor_put_raw(hp_cbor_out *o, hp_str encoded)
{
    if (o->full || o->max - o->n < encoded.n) {
        o->full = true;
        return;
    }
    if (encoded.n > 0)
        memcpy(o->p + o->n, encoded.p, encoded.n);
    o->n += encoded.n;
}

void
hp_cbor_put_bytes(hp_cbor_out *o, hp_str value)
{
    PUT(cbor_encode_bytestring_start(value.n, p, 9));
    hp_cbor_put_raw(o, value);
}

void
hp_cbor_put_text(hp_cbor_out *o, hp_str value)
{
    PUT(cbor_encode_string_start(value.n, p, 9));
    hp_cbor_put_raw(o, value);
}

void
hp_cbor_put_array(hp_cbor_out *o, size_t elements)
{
    PUT(cbor_encode_array_start(elements, p, 9));
}

void
hp_cbor_put_map(hp_cbor_out *o, size_t pairs)
{
    PUT(cbor_encode_map_start(pairs, p, 9));
}

void
hp_cbor_put_tag(hp_cbor_out *o, uint64_t tag)
{
    /* libcbor 0.8 has no one-byte form for tags it does not know, and that form is the shortest. */
    if (tag < 24)
        hp_cbor_put_raw(o, (hp_str){ (const uint8_t[]){ (uint8_t)(0xC0 + tag) }, 1 });
    else
        PUT(cbor_encode_tag(tag, p, 9));
}

void
hp_cbor_put_bool(hp_cbor_out *o, bool value)
{
    PUT(cbor_encode_bool(value, p, 9));
}

void
hp_cbor_put_null(hp_cbor_out *o)
{
    PUT(cbor_encode_null(p, 9));
}
