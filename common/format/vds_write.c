/* Writes VDS-NC; see vds_write.h. */
#include "format/vds_write.h"

#include "codec/base64.h"
#include "codec/jcs.h"

#include <stdio.h>
#include <stdlib.h>

/* A text that grows; what does not fit makes it bad. */
typedef struct {
    char *p;
    size_t n;
    bool bad;
} sink;

static void
put(sink *to, hp_str bytes)
{
    if (to->bad || bytes.n >= HP_VDS_TEXT_ROOM - to->n) {
        to->bad = true;
        return;
    }
    memcpy(to->p + to->n, bytes.p, bytes.n);
    to->n += bytes.n;
}

static void
put_base64(sink *to, hp_str bytes)
{
    if (to->bad || HP_BASE64_TEXT(bytes.n) >= HP_VDS_TEXT_ROOM - to->n) {
        to->bad = true;
        return;
    }
    hp_base64url_write(bytes, to->p + to->n);
    to->n += strlen(to->p + to->n);
}

/* A forged signature is one over something else. */
static bool
sign(const hp_vds_wish *wish, hp_str tbs, uint8_t signature[HP_SIGN_MAX], size_t *n)
{
    if (wish->forge && tbs.n > 0)
        tbs.n--;
    return hp_alg_half(hp_signer_alg(wish->signer)) > 0 &&
           hp_signer_sign(wish->signer, tbs, signature, n);
}

bool
hp_vds_write_as(const hp_vds_wish *wish, hp_str data, hp_str tbs, char text[HP_VDS_TEXT_ROOM],
                size_t *n)
{
    uint8_t signature[HP_SIGN_MAX];
    sink to = { .p = text };
    size_t length;

    if (!sign(wish, tbs, signature, &length))
        return false;
    put(&to, HP_STR("{\"data\":"));
    put(&to, data);
    put(&to, HP_STR(",\"sig\":{\"alg\":\""));
    put(&to, hp_str_of(hp_alg_name(hp_signer_alg(wish->signer))));
    put(&to, HP_STR("\",\"cer\":\""));
    put_base64(&to, wish->cert);
    put(&to, HP_STR("\",\"sigvl\":\""));
    put_base64(&to, (hp_str){ signature, length });
    put(&to, HP_STR("\"}}"));
    *n = to.n;
    return !to.bad;
}

bool
hp_vds_write(const hp_vds_wish *wish, const hp_json *data, char text[HP_VDS_TEXT_ROOM], size_t *n)
{
    char *canonical = NULL;
    size_t length = 0;
    FILE *to = open_memstream(&canonical, &length);
    bool good = to != NULL && hp_jcs_write(data, to);
    hp_str tbs;

    if (to != NULL && fclose(to) != 0)
        good = false;
    tbs = (hp_str){ (const uint8_t *)canonical, length };
    good = good && hp_vds_write_as(wish, tbs, tbs, text, n);
    free(canonical);
    return good;
}
