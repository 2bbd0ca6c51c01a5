/* Payloads of common people; see preset.h. */
#include "cli/preset.h"

#include "base/time.h"
#include "format/cwt.h"

#include <stdlib.h>
#include <sys/random.h>

#define DAY   86400.0
#define YEAR  (365.25 * DAY)
#define ENTRY 512
#define ID    48 /* room for a UVCI */

/* Value sets of eu-dcc-valuesets. */
#define TARGET       "840539006" /* COVID-19 */
#define DETECTED     "260373001"
#define NOT_DETECTED "260415000"

static const struct row {
    const char *given, *given_mrz; /* of the family Test */
    double age;                    /* years */
    char kind;                     /* 'v', 't', 'r'; 'y': an ICVP; 0: no certificate at all */
    double days;                   /* since the last dose, the sample, the positive test */
    const char *result;            /* of a test */
} rows[] = {
    { "Alex", "ALEX", 42, 'v', 30, NULL },
    { "Alex", "ALEX", 42, 't', 1, NOT_DETECTED },
    { "Alex", "ALEX", 42, 't', 10, NOT_DETECTED },
    { "Alex", "ALEX", 42, 't', 1, DETECTED },
    { "Robin", "ROBIN", 35, 'r', 60, NULL },
    { "Kim", "KIM", 8, 't', 1, NOT_DETECTED },
    { "Alex", "ALEX", 42, 'y', 30, NULL },
    { NULL, NULL, 0, 0, 0, NULL },
};

const char *const hp_preset_names[] = {
    "adult-full", "adult-test", "test-old", "test-positive", "recovered", "child",
    "yellow-card", "empty", NULL,
};

_Static_assert(sizeof(hp_preset_names) / sizeof(hp_preset_names[0])
                   == sizeof(rows) / sizeof(rows[0]) + 1,
               "a name for each row, and NULL");

/* The day of t as YYYY-MM-DD. */
static const char *
day(double t, char text[HP_TIME_TEXT])
{
    hp_time_write(t, text);
    text[10] = '\0';
    return text;
}

/* A UVCI of option 3 (opaque unique string), as the UVCI guidelines have it. */
static bool
make_id(const char *country, char id[ID])
{
    unsigned char chance[6];

    if (getrandom(chance, sizeof(chance), 0) != (ssize_t)sizeof(chance))
        return false;
    (void)snprintf(id, ID, "URN:UVCI:01:%.2s:%02X%02X%02X%02X%02X%02X", country,
                   chance[0], chance[1], chance[2], chance[3], chance[4], chance[5]);
    return true;
}

/* What is particular to the kind of entry, with a comma at its end. */
static void
describe(const struct row *r, double issued, char text[ENTRY])
{
    char at[HP_TIME_TEXT], from[HP_TIME_TEXT], until[HP_TIME_TEXT];
    double then = issued - r->days * DAY;

    if (r->kind == 'v') {
        (void)snprintf(text, ENTRY, "\"vp\":\"1119349007\",\"mp\":\"EU/1/20/1528\","
                       "\"ma\":\"ORG-100030215\",\"dn\":2,\"sd\":2,\"dt\":\"%s\",",
                       day(then, at));
    } else if (r->kind == 't') {
        hp_time_write(then, at);
        (void)snprintf(text, ENTRY, "\"tt\":\"LP6464-4\",\"sc\":\"%s\",\"tr\":\"%s\","
                       "\"tc\":\"Test\",", at, r->result);
    } else {
        (void)snprintf(text, ENTRY, "\"fr\":\"%s\",\"df\":\"%s\",\"du\":\"%s\",",
                       day(then, at), day(then + 11 * DAY, from), day(then + 180 * DAY, until));
    }
}

/* A product of WHO's catalogue (smart-icvp, ICVPProductIds), in the names of 2026. */
static hp_json *
make_icvp(const struct row *r, double issued, const char *country)
{
    char birth[HP_TIME_TEXT], then[HP_TIME_TEXT], text[2 * ENTRY];

    (void)snprintf(text, sizeof(text),
                   "{\"n\":\"%s Test\",\"dob\":\"%s\",\"s\":\"unknown\",\"nt\":\"XXA\","
                   "\"id\":\"TEST00001\",\"dt\":\"PPN\",\"v\":\"1.0\",\"vx\":{\"vp\":"
                   "\"YellowFeverProductd8a09f80301dc05e124f99ffe7711fc0\",\"dv\":\"%s\","
                   "\"bo\":\"LOT-1\",\"is\":\"%.2s\"}}",
                   r->given, day(issued - r->age * YEAR, birth), day(issued - r->days * DAY, then),
                   country);
    return hp_json_load(hp_str_of(text), NULL);
}

int64_t
hp_preset_label(int preset)
{
    return rows[preset].kind == 'y' ? HP_HCERT_ICVP : HP_HCERT_DCC;
}

hp_json *
hp_preset_make(int preset, double issued, const char *country)
{
    const struct row *r = &rows[preset];
    char entry[ENTRY], birth[HP_TIME_TEXT], id[ID], text[2 * ENTRY];

    if (r->kind == 0)
        return hp_json_object();
    if (r->kind == 'y')
        return make_icvp(r, issued, country);
    if (!make_id(country, id))
        return NULL;
    describe(r, issued, entry);
    (void)snprintf(text, sizeof(text),
                   "{\"ver\":\"1.3.0\",\"nam\":{\"fn\":\"Test\",\"fnt\":\"TEST\","
                   "\"gn\":\"%s\",\"gnt\":\"%s\"},\"dob\":\"%s\",\"%c\":[{\"tg\":\"" TARGET "\","
                   "%s\"co\":\"%.2s\",\"is\":\"Test\",\"ci\":\"%s\"}]}",
                   r->given, r->given_mrz, day(issued - r->age * YEAR, birth), r->kind, entry,
                   country, id);
    return hp_json_load(hp_str_of(text), NULL);
}

/* ---- SMART Health Cards ------------------------------------------------------- */

#define CVX_PFIZER       "208"
#define CVX_YELLOW_FEVER "37"

static int
put_dose(char *text, size_t room, const char *cvx, double then)
{
    char at[HP_TIME_TEXT];

    return snprintf(text, room,
                    ",{\"fullUrl\":\"resource:1\",\"resource\":{\"resourceType\":\"Immunization\","
                    "\"status\":\"completed\",\"vaccineCode\":{\"coding\":[{\"system\":"
                    "\"http://hl7.org/fhir/sid/cvx\",\"code\":\"%s\"}]},\"patient\":{"
                    "\"reference\":\"resource:0\"},\"occurrenceDateTime\":\"%s\"}}",
                    cvx, day(then, at));
}

static void
put_events(const struct row *r, double issued, char *text, size_t room)
{
    double then = issued - r->days * DAY;
    char at[HP_TIME_TEXT];
    int n;

    if (r->kind == 'v') {
        n = put_dose(text, room, CVX_PFIZER, then - 21 * DAY);
        (void)put_dose(text + n, room - (size_t)n, CVX_PFIZER, then);
    } else if (r->kind == 'y')
        (void)put_dose(text, room, CVX_YELLOW_FEVER, then);
    else {
        hp_time_write(then, at);
        (void)snprintf(text, room,
                       ",{\"fullUrl\":\"resource:1\",\"resource\":{\"resourceType\":"
                       "\"Observation\",\"status\":\"final\",\"code\":{\"coding\":[{\"system\":"
                       "\"http://loinc.org\",\"code\":\"94309-2\"}]},\"subject\":{\"reference\":"
                       "\"resource:0\"},\"effectiveDateTime\":\"%s\",\"valueCodeableConcept\":{"
                       "\"coding\":[{\"system\":\"http://snomed.info/sct\",\"code\":\"%s\"}]}}}",
                       at, r->result != NULL ? r->result : DETECTED);
    }
}

hp_json *
hp_preset_bundle(int preset, double issued)
{
    const struct row *r = &rows[preset];
    char events[3 * ENTRY], birth[HP_TIME_TEXT], text[5 * ENTRY];

    if (r->kind == 0)
        return hp_json_load(HP_STR("{\"resourceType\":\"Bundle\",\"entry\":[]}"), NULL);
    put_events(r, issued, events, sizeof(events));
    (void)snprintf(text, sizeof(text),
                   "{\"resourceType\":\"Bundle\",\"type\":\"collection\",\"entry\":[{\"fullUrl\":"
                   "\"resource:0\",\"resource\":{\"resourceType\":\"Patient\",\"name\":[{"
                   "\"family\":\"Test\",\"given\":[\"%s\"]}],\"birthDate\":\"%s\"}}%s]}",
                   r->given, day(issued - r->age * YEAR, birth), events);
    return hp_json_load(hp_str_of(text), NULL);
}

/* ---- 2D-DOC ------------------------------------------------------------------- */

/* DDMMYYYY of the day of t, and HHMM of its time behind that. */
static void
write_day(double t, char text[16])
{
    char at[HP_TIME_TEXT];

    hp_time_write(t, at);
    (void)snprintf(text, 16, "%.2s%.2s%.4s%.2s%.2s", at + 8, at + 5, at, at + 11, at + 14);
}

/* What an L1 says of its vaccine: two doses of two, and one for life. */
#define COVID_DOSES                                                                           \
    "\"L3\":\"COVID-19\",\"L4\":\"J07BX03\",\"L5\":\"COMIRNATY\",\"L6\":\"PFIZER/BIONTECH\"," \
    "\"L7\":\"2\",\"L8\":\"2\""
#define YELLOW_DOSE                                                                               \
    "\"L3\":\"FIEVRE JAUNE\",\"L4\":\"J07BL01\",\"L5\":\"STAMARIL\",\"L6\":\"SANOFI PASTEUR\"," \
    "\"L7\":\"1\",\"L8\":\"1\""

/* The names are capitals, as in MRZ forms.  Times are Paris's, which are taken for UTC's here. */
static void
put_seal(const struct row *r, double issued, char *text, size_t room)
{
    bool negative = r->result != NULL && strcmp(r->result, NOT_DETECTED) == 0;
    char birth[16], then[16];

    write_day(issued - r->age * YEAR, birth);
    write_day(issued - r->days * DAY, then);
    if (r->kind == 'v' || r->kind == 'y')
        (void)snprintf(text, room,
                       "{\"type\":\"L1\",\"L0\":\"TEST\",\"L1\":\"%s\",\"L2\":\"%.8s\",%s,"
                       "\"L9\":\"%.8s\",\"LA\":\"TE\"}",
                       r->given_mrz, birth, r->kind == 'v' ? COVID_DOSES : YELLOW_DOSE, then);
    else
        (void)snprintf(text, room,
                       "{\"type\":\"B2\",\"F0\":\"%s\",\"F1\":\"TEST\",\"F2\":\"%.8s\","
                       "\"F3\":\"U\",\"F4\":\"943092\",\"F5\":\"%c\",\"F6\":\"%.12s\"}",
                       r->given_mrz, birth, negative ? 'N' : 'P', then);
}

hp_json *
hp_preset_seal(int preset, double issued)
{
    char text[2 * ENTRY];

    if (rows[preset].kind == 0)
        return NULL;
    put_seal(&rows[preset], issued, text, sizeof(text));
    return hp_json_load(hp_str_of(text), NULL);
}

/* ---- VDS-NC ------------------------------------------------------------------- */

#define NUMBER 16 /* room for one of 12 characters */

/* What is the same of vaccinations and tests. */
static int
put_head(const struct row *r, const char *type, const char *state, const char *birth, char *text,
         size_t room)
{
    return snprintf(text, room,
                    "{\"hdr\":{\"t\":\"%s\",\"v\":1,\"is\":\"%.3s\"},\"msg\":{\"pid\":{\"n\":"
                    "\"TEST  %s\",\"dob\":\"%s\"},", type, state, r->given_mrz, birth);
}

static void
put_doses(const struct row *r, double issued, const char *number, const char *state, char *text,
          size_t room)
{
    char first[HP_TIME_TEXT], last[HP_TIME_TEXT];
    bool yellow = r->kind == 'y';
    double then = issued - r->days * DAY;

    (void)snprintf(text, room,
                   "\"uvci\":\"%s\",\"ve\":[{\"des\":\"%s\",\"dis\":\"%s\",\"nam\":\"%s\","
                   "\"vd\":[{\"dvc\":\"%s\",\"seq\":1,\"ctr\":\"%.3s\",\"adm\":\"Test\",\"lot\":"
                   "\"1\"}%s%s%s%.3s%s]}]}}", number, yellow ? "XM0N24" : "XM0GQ8",
                   yellow ? "1D47" : "RA01.0", yellow ? "STAMARIL" : "COMIRNATY",
                   day(yellow ? then : then - 21 * DAY, first), state,
                   yellow ? "" : ",{\"dvc\":\"", yellow ? "" : day(then, last),
                   yellow ? "" : "\",\"seq\":2,\"ctr\":\"", yellow ? "" : state,
                   yellow ? "" : "\",\"adm\":\"Test\",\"lot\":\"2\"}");
}

static void
put_test(const struct row *r, double issued, const char *number, const char *state, char *text,
         size_t room)
{
    char at[HP_TIME_TEXT];
    bool negative = r->result != NULL && strcmp(r->result, NOT_DETECTED) == 0;

    hp_time_write(issued - r->days * DAY, at);
    (void)snprintf(text, room,
                   "\"utci\":\"%s\",\"sp\":{\"spn\":\"Test\",\"ctr\":\"%.3s\"},\"dat\":{\"sc\":"
                   "\"%s\",\"ri\":\"%s\"},\"tr\":{\"tc\":\"molecular(PCR)\",\"r\":\"%s\"}}}",
                   number, state, at, at, negative ? "negative" : "positive");
}

hp_json *
hp_preset_data(int preset, double issued, const char *state)
{
    const struct row *r = &rows[preset];
    bool doses = r->kind == 'v' || r->kind == 'y';
    char birth[HP_TIME_TEXT], number[NUMBER], text[3 * ENTRY];
    uint32_t chance;
    int n;

    if (r->kind == 0 || getrandom(&chance, sizeof(chance), 0) != (ssize_t)sizeof(chance))
        return NULL;
    (void)snprintf(number, sizeof(number), "TEST%08X", chance);
    n = put_head(r, doses ? "icao.vacc" : "icao.test", state, day(issued - r->age * YEAR, birth),
                 text, sizeof(text));
    if (doses)
        put_doses(r, issued, number, state, text + n, sizeof(text) - (size_t)n);
    else
        put_test(r, issued, number, state, text + n, sizeof(text) - (size_t)n);
    return hp_json_load(hp_str_of(text), NULL);
}
