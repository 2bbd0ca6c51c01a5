/* Parts of multipart/form-data.  Up to the first zero byte: the Content-Type; behind it: the body. */
#include "fuzz.h"

#include "../../ngx_module/hp_multipart.h"

static bool
lies_in(hp_str inner, hp_str outer)
{
    return inner.p >= outer.p && inner.n <= (size_t)(outer.p + outer.n - inner.p);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    const uint8_t *zero = n > 0 ? memchr(p, 0, n) : NULL;
    hp_str type = HP_STR("multipart/form-data; boundary=b"), body = { p, n };
    hp_multipart m;
    hp_part part;
    size_t bytes = 0;

    if (zero != NULL) {
        type = (hp_str){ p, (size_t)(zero - p) };
        body = hp_str_from(body, type.n + 1);
    }
    for (m = hp_multipart_of(type, body); hp_multipart_next(&m, &part);) {
        MUST(lies_in(part.name, body) && lies_in(part.value, body) && part.name.n > 0);
        MUST(hp_part_is_called(&part, part.name));
        bytes += part.value.n + 2 + m.n + 4;
        MUST(bytes <= body.n);
    }
    MUST(m.bad || m.closed);
    MUST(!hp_multipart_next(&m, &part));
    return 0;
}

#define FIELD(name) "Content-Disposition: form-data; name=\"" name "\"\r\n\r\n"

void
fuzz_seeds(void (*put)(const char *name, hp_str seed))
{
    put("plain", HP_STR("--b\r\n" FIELD("pass") "HC1:X\r\n--b\r\n" FIELD("name") "y\r\n--b--\r\n"));
    put("file", HP_STR("--b\r\nContent-Disposition: form-data; name=\"pass\"; filename=\"x.png\"\r\n"
                       "Content-Type: image/png\r\n\r\n\x89PNG\r\n--b--"));
    put("quoted", HP_STR("multipart/form-data; charset=utf-8; boundary=\"a b\"\0--a b\r\n" FIELD("a%22")
                         "\r\n--a b--\r\nbehind"));
    put("encoded", HP_STR("before\r\n--b\r\nContent-Transfer-Encoding: binary\r\n" FIELD("x") "1\r\n--b--"));
    put("dashes", HP_STR("multipart/form-data; boundary=-\0---\r\n" FIELD("x") "-\r\n-----"));
    put("open", HP_STR("--b\r\n" FIELD("pass") "x\r\n--b\r\n" FIELD("pass")));
    put("nothing", HP_STR("--b--"));
}
