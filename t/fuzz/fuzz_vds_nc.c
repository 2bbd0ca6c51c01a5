/*
 * VDS-NC: the first byte says whether the rest is a text as shown, or the value of "data", around
 * which a seal is put here.  Nothing is asked of the signature: what lies behind it is reached by any.
 */
#include "fuzz.h"

#include "codec/canonical.h"
#include "codec/jscan.h"
#include "format/vds.h"
#include "reader.h"

enum { TEXT, DATA, KINDS };

#define SIG "{\"alg\":\"ES256\",\"cer\":\"AQID\",\"sigvl\":\"AQ==\"}"

static uint8_t second[1024 * 1024];

/* What is signed is its own canonical form. */
static void
check_canonical(hp_str tbs)
{
    hp_arena arena = hp_arena_over(second, sizeof(second));
    const hp_node *root;
    hp_str again;

    MUST(hp_jscan(tbs, &arena, &root) && hp_canonical(root, &arena, &again));
    MUST(hp_str_eq(tbs, again));
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    reader one = { .format = &hp_format_vds, .room = READER_ROOM };
    hp_reason why;
    hp_str in;

    if (n == 0)
        return 0;
    in = (hp_str){ p + 1, n - 1 };
    if (p[0] % KINDS == DATA)
        in = MAKER_JOIN(HP_STR("{\"data\":"), in, HP_STR(",\"sig\":" SIG "}"));
    why = reader_read(&one, in);
    if (one.opened) {
        MUST(one.proof.alg != HP_ALG_NONE && one.proof.cert.n > 0 && one.proof.cert.n <= HP_VDS_CERT_MAX);
        check_canonical(one.proof.tbs);
    }
    if (why == HP_OK)
        MUST(one.pass.document != NULL && one.pass.event.kind != 0 && one.pass.event.identifier.n > 0 &&
             one.pass.issuer.n > 0 && one.pass.holder.family.n > 0);
    return 0;
}

#define VACC \
    "{\"hdr\":{\"t\":\"icao.vacc\",\"v\":1,\"is\":\"UTO\"},\"msg\":{\"uvci\":\"U1\",\"pid\":{\"n\":\"A  B\",\"dob\":" \
    "\"1990-01-02\",\"i\":\"X1\"},\"ve\":[{\"des\":\"XM68M6\",\"nam\":\"Comirnaty\",\"dis\":\"RA01.0\",\"vd\":[{\"dvc\":" \
    "\"2021-03-03\",\"seq\":1.0,\"ctr\":\"AUS\"},{\"dvc\":\"2021-03-24\",\"seq\":\"2\",\"x\":2.5e-3}]}]}}"
#define TESTED \
    "{\"hdr\":{\"t\":\"icao.test\",\"v\":1,\"is\":\"AUS\"},\"msg\":{\"utci\":\"U2\",\"pid\":{\"n\":\"A\",\"dob\":" \
    "\"1990-01-02\",\"dn\":\"X1\"},\"sp\":{\"ctr\":\"AUS\"},\"dat\":{\"sc\":\"2026-09-21T06:00:00+02:00\"},\"tr\":{\"tc\":" \
    "\"molecular(PCR)\",\"r\":\"negative\",\"\\u00e9\\ud83d\\ude00\":[null,true]}}}"

void
fuzz_seeds(void (*put)(const char *name, hp_str seed))
{
    put("vaccination", HP_STR("\1" VACC));
    put("test", HP_STR("\1" TESTED));
    put("text", HP_STR("\0{\"data\":" VACC ",\"sig\":" SIG "}"));
    put("array", HP_STR("\0[ {\"sig\":" SIG ",\n\"data\":" TESTED "} ]"));
    put("other", HP_STR("\1{\"hdr\":{\"t\":\"icao.visa\",\"v\":1,\"is\":\"D\"},\"msg\":{}}"));
}
