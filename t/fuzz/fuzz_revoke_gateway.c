/*
 * Lists of the EU gateway: the input as an answer, as a batch's file, and as what a batch says
 * that is signed as it should be.  Nothing is taken but what is signed.
 */
#include "fuzz.h"

#include "revoke/gateway_batch.h"
#include "revoker.h"

unsigned fuzz_costs = 10; /* each input is brought to the disk */

static revoker one;
static const pki_cert *upload;

#define GOOD_PAGE                                                                              \
    "{\"more\":false,\"batches\":[{\"batchId\":\"a\",\"country\":\"XA\",\"date\":"             \
    "\"2021-06-01T00:00:00Z\",\"deleted\":false}]}"
#define GOOD_BATCH                                                                             \
    "{\"country\":\"XA\",\"expires\":\"2030-01-01T00:00:00Z\",\"kid\":\"UNKNOWN_KID\","        \
    "\"hashType\":\"UCI\",\"entries\":[{\"hash\":\"HVRDh6w9RZ70LaAh71SWbw==\"}]}"

/* The good batch is kept out of the maker's ring, which turns. */
static hp_str
good_batch(void)
{
    static uint8_t room[8192];
    static size_t n;
    hp_str cms;

    if (n == 0) {
        cms = pki_cms(upload, HP_STR(GOOD_BATCH), PKI_NO_ATTRIBUTES);
        MUST(cms.n <= sizeof(room));
        memcpy(room, cms.p, cms.n);
        n = cms.n;
    }
    return (hp_str){ room, n };
}

static void
start(void)
{
    if (upload == NULL)
        upload = pki_cert_new(&(pki_wish){ .country = "XA", .name = "Upload" });
    revoker_start(&one, "gateway");
    revoker_pin(&one, upload);
}

static void
take_page(hp_str page)
{
    hp_took took = REVOKER_RUN(&one, maker_file("p.json", page), maker_file("a", good_batch()));

    MUST((took == HP_TOOK) == (one.error.text[0] == '\0'));
    if (took == HP_TOOK) {
        MUST(hp_index_entries(one.index) <= 1);
        MUST(hp_index_check(one.crypto, one.index, NULL));
    }
}

static void
read_batch(hp_str file, bool is_signed)
{
    static hp_gateway_batch batch;
    hp_gateway_signers signers;
    hp_error error = { "" };

    MUST(hp_gateway_signers_open(&one.job, &signers, &error));
    if (hp_gateway_batch_read(&one.job, &signers, "XA", file, &batch, &error)) {
        MUST(batch.n >= 1 && batch.n <= (is_signed ? HP_GATEWAY_ENTRIES : 1));
        MUST(strcmp(batch.country, "XA") == 0 && batch.kind <= HP_LISTED_COUNTRY_UCI);
    } else
        MUST(error.text[0] != '\0');
    hp_gateway_signers_free(&signers);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    hp_str input = { p, n };

    start();
    read_batch(input, false);
    if (n > 0 && n < 65536 && p[0] == '{') {
        take_page(input);
        read_batch(pki_cms(upload, input, PKI_NO_ATTRIBUTES), true);
    }
    revoker_end(&one);
    return 0;
}

void
fuzz_seeds(void (*put)(const char *name, hp_str seed))
{
    start();
    revoker_end(&one);
    put("page", HP_STR(GOOD_PAGE));
    put("pages", HP_STR("{\"more\":true,\"batches\":[{\"batchId\":\"a\",\"country\":\"XA\",\"date\":"
                        "\"2021-06-01T00:00:00+02:00\",\"deleted\":true},{\"batchId\":\"b\",\"country\":"
                        "\"XB\",\"date\":\"2021-06-02T00:00Z\",\"deleted\":false}]}"));
    put("batch", HP_STR(GOOD_BATCH));
    put("signature", HP_STR("{\"country\":\"XA\",\"expires\":\"2021-08-01T00:00:00Z\",\"kid\":"
                            "\"U5vvB3k2Cj4=\",\"hashType\":\"SIGNATURE\",\"entries\":[{\"hash\":"
                            "\"AAAAAAAAAAAAAAAAAAAAAA==\"},{\"hash\":\"HVRDh6w9RZ70LaAh71SWbw==\"}]}"));
    put("cms", good_batch());
    put("base64", pki_base64(good_batch()));
    put("empty", HP_STR("{\"more\":false,\"batches\":[]}"));
}
