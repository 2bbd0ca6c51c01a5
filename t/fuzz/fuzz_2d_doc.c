/*
 * 2D-DOC seals: the first byte says whether the rest is a text as shown, or what is signed here as an
 * L1, as a B2 or with a head of its own, so that what lies behind the signature is reached without
 * guessing one.
 */
#include "fuzz.h"

#include "format/twod_write.h"
#include "reader.h"

enum { TEXT, L1, B2, MESSAGE, KINDS };

static char text[HP_TWOD_TEXT_MAX];
static hp_signer *signer;

static bool
write_seal(unsigned kind, hp_str what, hp_str *seal)
{
    hp_twod_wish wish = { .name = "FRX1HP01", .issued = 20720, .sealed = 20720 };
    hp_error error;
    size_t n;
    bool good;

    if (signer == NULL)
        signer = hp_signer_new(HP_ALG_ES256, 0, &error);
    MUST(signer != NULL);
    wish.signer = signer;
    good = kind == MESSAGE ? hp_twod_write_message(&wish, what, text, &n)
                           : hp_twod_write_fields(&wish, kind == L1 ? HP_STR("L1") : HP_STR("B2"), what,
                                                  text, &n);
    *seal = (hp_str){ (const uint8_t *)text, good ? n : 0 };
    return good;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    reader one = { .format = &hp_format_2d_doc, .room = (size_t)64 * 1024 };
    hp_reason why;
    hp_str in;

    if (n == 0)
        return 0;
    in = (hp_str){ p + 1, n - 1 };
    if (p[0] % KINDS != TEXT && !write_seal(p[0] % KINDS, in, &in))
        return 0;
    why = reader_read(&one, in);
    if (one.opened) {
        MUST(one.proof.tbs.n > 0 && one.proof.kid.n == HP_TWOD_NAME && one.proof.kid_signed);
        MUST(memchr(one.proof.tbs.p, HP_TWOD_US, one.proof.tbs.n) == NULL);
    }
    if (why == HP_OK) {
        MUST(one.pass.document != NULL && (one.pass.event.kind == 'v' || one.pass.event.kind == 't'));
        MUST(one.pass.signed_from <= one.pass.signed_until && one.pass.holder.birth.day <= 31);
    }
    return 0;
}

#define GS "\x1d"
#define VACCINATION                                                                                 \
    "L0DUPUIS" GS "L1ZOE/MARIE" GS "L229021988L3COVID-19" GS "L4J07BX03" GS "L5COMIRNATY" GS          \
    "L6PFIZER" GS "L72L82L901092026LATE"
#define TESTED "F0ZOE/MARIE" GS "F1DUPUIS\x1e" "F229021988F3FF4945006" GS "F5NF6210920261200"

void
fuzz_seeds(void (*put)(const char *name, hp_str seed))
{
    hp_str seal;

    put("vaccination", HP_STR("\1" VACCINATION));
    put("test", HP_STR("\2" TESTED));
    put("version3", HP_STR("\3" "DC03FRX1HP0126002600L101" VACCINATION));
    put("version2", HP_STR("\3" "DC02FRX1HP01FFFF2600B2" TESTED));
    put("undated", HP_STR("\3" "DC04FRX1HP01FFFFFFFFB201FR" TESTED));
    MUST(write_seal(L1, HP_STR(VACCINATION), &seal));
    put("text", MAKER_JOIN(HP_STR("\0"), seal));
    put("annex", MAKER_JOIN(HP_STR("\0"), seal, HP_STR("=" GS "ANNEX")));
    put("link", HP_STR("\0" HP_TWOD_LINK "?v=DC04FRX1HP0126002600L101FRL0A%1DL1B%1Fabc&x"));
    put("link2d", HP_STR("\0" HP_TWOD_LINK "2d#DC04FRX1HP0126002600B201FRF0A%1e%1FAAAAAAAA"));
}
