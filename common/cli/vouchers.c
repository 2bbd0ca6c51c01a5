/* Who an operator names by file: signers of lists, authorities; see trust.h. */
#include "cli/trust.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "cli/cli.h"
#include "crypto/about.h"
#include "feed/gdhcn.h"

#define DEPTH_MAX 3 /* folders inside one another */
#define P256_BITS 256

static bool
refuse(const char *path, const char *what, hp_error *error)
{
    hp_error_set(error, "%s: %s", path, what);
    return false;
}

bool
hp_source_name_ok(const char *name)
{
    size_t i;

    for (i = 0; name[i] != '\0'; i++) {
        if (!isascii(name[i]) ||
            (!isalnum((unsigned char)name[i]) && strchr("._-", name[i]) == NULL))
            return false;
    }
    return i > 0 && i < HP_SOURCE_NAME;
}

/* ---- pins ---------------------------------------------------------------------------------- */

static bool
put_pin(hp_vouchers *v, hp_pin *pin)
{
    hp_pin **pins = reallocarray(v->pins, v->n_pins + 1, sizeof(*pins));

    if (pins == NULL) {
        hp_pin_free(pin);
        return false;
    }
    v->pins = pins;
    pins[v->n_pins++] = pin;
    return true;
}

/* Whose publisher signs lists of one environment has no say in another. */
static bool
read_document(const hp_vouchers *v, hp_crypto *crypto, const char *path, hp_str file,
              hp_pin **pin, hp_error *error)
{
    unsigned envs;
    hp_error why;

    if (!hp_gdhcn_pin(crypto, file, pin, &envs, &why))
        return refuse(path, why.text, error);
    if ((envs & HP_GDHCN_OF(v->env)) != 0)
        return true;
    hp_error_set(error, "%s: is a signing DID document of another environment than %s", path,
                 hp_env_name(v->env));
    hp_pin_free(*pin);
    *pin = NULL;
    return false;
}

/* JSON begins with a brace, which neither PEM nor DER does. */
static bool
read_pin(const hp_vouchers *v, hp_crypto *crypto, const char *path, hp_str file, hp_pin **pin,
         hp_error *error)
{
    size_t i = 0;

    while (i < file.n && isspace(file.p[i]))
        i++;
    if (i < file.n && file.p[i] == '{')
        return read_document(v, crypto, path, file, pin, error);
    *pin = hp_pin_read(crypto, file);
    return *pin != NULL || refuse(path, "is no pin: expected one certificate or public key, PEM "
                                        "or DER, or a signing DID document", error);
}

static bool
may_sign(hp_crypto *crypto, const hp_feed *feed, const char *path, const hp_pin *pin,
         hp_error *error)
{
    if (!hp_pin_may_sign(pin))
        return refuse(path, "can sign no list: expected a key on P-256, P-384 or P-521, or RSA of "
                            "2048 to 4096 bits", error);
    if ((feed->heeds & HP_FEED_P256) == 0 || hp_about_curve(crypto, hp_pin_spki(pin)) == P256_BITS)
        return true;
    hp_error_set(error, "%s: can sign no list of %s: expected a key on P-256", path, feed->name);
    return false;
}

bool
hp_vouchers_pin(hp_vouchers *v, hp_crypto *crypto, const hp_feed *feed, const char *path,
                hp_error *error)
{
    hp_bytes bytes;
    hp_pin *pin = NULL;
    bool good;

    if (!hp_file_read(path, v->must, HP_FEED_MAX, &bytes, NULL, error))
        return false;
    good = read_pin(v, crypto, path, (hp_str){ bytes.p, bytes.n }, &pin, error);
    hp_bytes_free(&bytes);
    if (!good)
        return false;
    if (!may_sign(crypto, feed, path, pin, error)) {
        hp_pin_free(pin);
        return false;
    }
    return put_pin(v, pin) || refuse(path, "no memory", error);
}

/* ---- authorities --------------------------------------------------------------------------- */

static bool
add_der(hp_vouchers *v, hp_crypto *crypto, const char *path, hp_str der, hp_error *error)
{
    hp_cert *cert = hp_cert_read(crypto, der);

    if (cert == NULL)
        return refuse(path, "holds a certificate that cannot be read", error);
    return hp_authorities_add(&v->authorities, cert) || refuse(path, "no memory", error);
}

static bool
add_pem(hp_vouchers *v, hp_crypto *crypto, const char *path, hp_str text, hp_error *error)
{
    size_t at = 0, n = 0, found = 0;
    uint8_t *der;
    hp_pem kind;
    bool good = true;

    while (good && (kind = hp_pem_next(text, &at, &der, &n)) != HP_PEM_END) {
        found++;
        good = kind == HP_PEM_CERT ? add_der(v, crypto, path, (hp_str){ der, n }, error)
                                   : refuse(path, "holds something else than certificates", error);
        hp_pem_free(der);
    }
    return found > 0 ? good : refuse(path, "holds no certificate", error);
}

/* DER begins with a SEQUENCE, PEM is text. */
static bool
add_file(hp_vouchers *v, hp_crypto *crypto, const char *path, hp_error *error)
{
    hp_bytes bytes;
    hp_str file;
    bool good;

    if (!hp_file_read(path, v->must, HP_FEED_MAX, &bytes, NULL, error))
        return false;
    file = (hp_str){ bytes.p, bytes.n };
    if (file.n > 0 && file.p[0] == 0x30)
        good = add_der(v, crypto, path, file, error);
    else
        good = add_pem(v, crypto, path, file, error);
    hp_bytes_free(&bytes);
    return good;
}

static bool add(hp_vouchers *v, hp_crypto *crypto, const char *path, unsigned depth,
                hp_error *error);

static bool
add_folder(hp_vouchers *v, hp_crypto *crypto, const char *path, unsigned depth, hp_error *error)
{
    struct dirent **names = NULL;
    bool good = hp_folder_check(path, v->must, error);
    int i, n = good ? scandir(path, &names, NULL, alphasort) : 0;

    if (n < 0)
        good = refuse(path, strerror(errno), error);

    for (i = 0; i < n; i++) {
        if (good && names[i]->d_name[0] != '.') {
            char *inside = hp_cli_path(path, names[i]->d_name, "");

            good = inside != NULL ? add(v, crypto, inside, depth + 1, error)
                                  : refuse(path, "no memory", error);
            free(inside);
        }
        free(names[i]);
    }
    free(names);
    return good;
}

static bool
add(hp_vouchers *v, hp_crypto *crypto, const char *path, unsigned depth, hp_error *error)
{
    struct stat st;

    if (depth > DEPTH_MAX)
        return refuse(path, "lies too deep", error);
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return add_folder(v, crypto, path, depth, error);
    return add_file(v, crypto, path, error);
}

bool
hp_vouchers_authority(hp_vouchers *v, hp_crypto *crypto, const char *path, hp_error *error)
{
    size_t before = v->authorities.n;

    if (!add(v, crypto, path, 0, error))
        return false;
    return v->authorities.n > before || refuse(path, "holds no certificate", error);
}

void
hp_vouchers_free(hp_vouchers *v)
{
    size_t i;

    for (i = 0; i < v->n_pins; i++)
        hp_pin_free(v->pins[i]);
    free(v->pins);
    hp_authorities_free(&v->authorities);
    *v = (hp_vouchers){ .env = v->env, .must = v->must };
}
