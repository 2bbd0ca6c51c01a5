/* House rules as documents; see rules_house.h. */
#include "cli/rules_house.h"

#include "base/time.h"

#define EXPANDED 2048 /* characters of the longest Logic or text */
#define LANGS    5

static const char *const langs[LANGS] = { "en", "fr", "de", "es", "it" };

/*
 * One rule.  In logic and texts $a and $b are the limits; $n is the day after the last one, $b.
 * Logic has ' for ", so that it can be read here.
 */
typedef struct {
    char prefix;
    int number;
    const char *kind, *fields, *logic, *texts[LANGS];
} row;

#define CLOCK "{'plusTime':[{'var':'external.validationClock'},0,'hour']}"
#define DN    "{'var':'payload.v.0.dn'}"
#define SD    "{'var':'payload.v.0.sd'}"
#define DT    "{'var':'payload.v.0.dt'}"
#define TT    "{'var':'payload.t.0.tt'}"
#define SC    "{'var':'payload.t.0.sc'}"
#define FR    "{'var':'payload.r.0.fr'}"
#define COVID "'840539006'"  /* SNOMED CT */
#define PCR   "'LP6464-4'"   /* LOINC: nucleic acid amplification */
#define RAPID "'LP217198-3'" /* LOINC: rapid immunoassay */

#define SAMPLED(code)                                                                            \
    "{'if':[{'===':[" TT "," code "]},{'not-after':[{'plusTime':[" SC ",0,'hour']}," CLOCK       \
    ",{'plusTime':[" SC ",$a,'hour']}]},true]}"

static const row disease = {
    'G', 9001, "General", "v.0.tg t.0.tg r.0.tg",
    "{'if':[{'var':'payload.v.0'},{'===':[{'var':'payload.v.0.tg'}," COVID "]},"
    "{'if':[{'var':'payload.t.0'},{'===':[{'var':'payload.t.0.tg'}," COVID "]},"
    "{'===':[{'var':'payload.r.0.tg'}," COVID "]}]}]}",
    { "The certificate must concern COVID-19.", "Le certificat doit concerner la COVID-19.",
      "Das Zertifikat muss COVID-19 betreffen.", "El certificado debe referirse a la COVID-19.",
      "Il certificato deve riguardare il COVID-19." }
};

/* A birth date that is not complete counts as the last day that it may be. */
static const row min_age = {
    'G', 9002, "General", "dob",
    "{'if':[{'var':'payload.dob'},{'not-after':[{'plusTime':[{'var':'payload.dob'},$a,'year']},"
    CLOCK "]},false]}",
    { "Minimum age on the day of the visit: $a years.",
      "Âge minimal le jour de la visite : $a ans.",
      "Mindestalter am Tag des Besuchs: $a Jahre.",
      "Edad mínima el día de la visita: $a años.",
      "Età minima il giorno della visita: $a anni." }
};

static const row no_vaccination = {
    'V', 9000, "Vaccination", "v.0", "{'!':[{'var':'payload.v.0'}]}",
    { "Vaccination certificates are not accepted here.",
      "Les certificats de vaccination ne sont pas acceptés ici.",
      "Impfzertifikate werden hier nicht akzeptiert.",
      "Aquí no se aceptan certificados de vacunación.",
      "Qui non si accettano certificati di vaccinazione." }
};

static const row complete = {
    'V', 9001, "Vaccination", "v.0.dn v.0.sd", "{'>=':[" DN "," SD "]}",
    { "The vaccination must be complete: all doses of the series.",
      "La vaccination doit être complète : toutes les doses prévues.",
      "Die Impfung muss vollständig sein: alle Dosen der Impfserie.",
      "La vacunación debe estar completa: todas las dosis previstas.",
      "La vaccinazione deve essere completa: tutte le dosi previste." }
};

/* Issuers write a booster as 2/1, 3/2 or 3/3. */
static const row booster = {
    'V', 9002, "Vaccination", "v.0.dn v.0.sd",
    "{'if':[{'>':[" DN "," SD "]},true,{'and':[{'>=':[" DN "," SD "]},{'>=':[" DN ",3]}]}]}",
    { "A booster dose after the complete series is required.",
      "Une dose de rappel après le schéma complet est exigée.",
      "Eine Auffrischung nach der vollständigen Impfserie ist nötig.",
      "Se exige una dosis de refuerzo tras la pauta completa.",
      "È richiesta una dose di richiamo dopo il ciclo completo." }
};

static const row dose_past = {
    'V', 9003, "Vaccination", "v.0.dt", "{'not-after':[{'plusTime':[" DT ",0,'day']}," CLOCK "]}",
    { "The vaccination must not lie after the visit.",
      "La vaccination ne doit pas être postérieure à la visite.",
      "Die Impfung darf nicht nach dem Besuch liegen.",
      "La vacunación no debe ser posterior a la visita.",
      "La vaccinazione non deve essere successiva alla visita." }
};

static const row dose_from = {
    'V', 9004, "Vaccination", "v.0.dt", "{'not-after':[{'plusTime':[" DT ",$a,'day']}," CLOCK "]}",
    { "Days since the last dose: at least $a.", "Jours depuis la dernière dose : au moins $a.",
      "Tage seit der letzten Dosis: mindestens $a.", "Días desde la última dosis: al menos $a.",
      "Giorni dall'ultima dose: almeno $a." }
};

static const row dose_until = {
    'V', 9005, "Vaccination", "v.0.dt", "{'before':[" CLOCK ",{'plusTime':[" DT ",$n,'day']}]}",
    { "Days since the last dose: at most $b.", "Jours depuis la dernière dose : au plus $b.",
      "Tage seit der letzten Dosis: höchstens $b.",
      "Días desde la última dosis: como máximo $b.", "Giorni dall'ultima dose: al massimo $b." }
};

static const row vaccine = {
    'V', 9006, "Vaccination", "v.0.mp",
    "{'in':[{'var':'payload.v.0.mp'},{'var':'external.valueSets.house-vaccines'}]}",
    { "The vaccine must be on the list of this house.",
      "Le vaccin doit figurer sur la liste de cet établissement.",
      "Der Impfstoff muss auf der Liste dieses Hauses stehen.",
      "La vacuna debe figurar en la lista de este establecimiento.",
      "Il vaccino deve figurare nell'elenco di questa struttura." }
};

static const row no_test = {
    'T', 9000, "Test", "t.0", "{'!':[{'var':'payload.t.0'}]}",
    { "Test certificates are not accepted here.",
      "Les certificats de test ne sont pas acceptés ici.",
      "Testzertifikate werden hier nicht akzeptiert.",
      "Aquí no se aceptan certificados de prueba.",
      "Qui non si accettano certificati di test." }
};

static const row negative = {
    'T', 9001, "Test", "t.0.tr", "{'===':[{'var':'payload.t.0.tr'},'260415000']}",
    { "The result of the test must be negative.", "Le résultat du test doit être négatif.",
      "Das Ergebnis des Tests muss negativ sein.", "El resultado de la prueba debe ser negativo.",
      "Il risultato del test deve essere negativo." }
};

static const row pcr_only = {
    'T', 9002, "Test", "t.0.tt", "{'===':[" TT "," PCR "]}",
    { "Only PCR tests (NAAT) are accepted here.", "Seuls les tests PCR (TAAN) sont acceptés ici.",
      "Nur PCR-Tests (NAAT) werden hier akzeptiert.", "Aquí solo se aceptan pruebas PCR (NAAT).",
      "Qui si accettano solo test PCR (NAAT)." }
};

static const row rapid_only = {
    'T', 9003, "Test", "t.0.tt", "{'===':[" TT "," RAPID "]}",
    { "Only rapid antigen tests are accepted here.",
      "Seuls les tests antigéniques rapides sont acceptés ici.",
      "Nur Antigen-Schnelltests werden hier akzeptiert.",
      "Aquí solo se aceptan pruebas rápidas de antígenos.",
      "Qui si accettano solo test antigenici rapidi." }
};

static const row pcr_or_rapid = {
    'T', 9004, "Test", "t.0.tt", "{'in':[" TT ",[" PCR "," RAPID "]]}",
    { "Only PCR and rapid antigen tests are accepted here.",
      "Seuls les tests PCR et antigéniques rapides sont acceptés ici.",
      "Nur PCR-Tests und Antigen-Schnelltests werden hier akzeptiert.",
      "Aquí solo se aceptan pruebas PCR y pruebas rápidas de antígenos.",
      "Qui si accettano solo test PCR e test antigenici rapidi." }
};

static const row pcr_age = {
    'T', 9005, "Test", "t.0.tt t.0.sc", SAMPLED(PCR),
    { "PCR test, hours since the sample: at most $a.",
      "Test PCR, heures depuis le prélèvement : au plus $a.",
      "PCR-Test, Stunden seit der Probe: höchstens $a.",
      "Prueba PCR, horas desde la toma de la muestra: como máximo $a.",
      "Test PCR, ore dal prelievo: al massimo $a." }
};

static const row rapid_age = {
    'T', 9006, "Test", "t.0.tt t.0.sc", SAMPLED(RAPID),
    { "Rapid test, hours since the sample: at most $a.",
      "Test rapide, heures depuis le prélèvement : au plus $a.",
      "Schnelltest, Stunden seit der Probe: höchstens $a.",
      "Prueba rápida, horas desde la toma de la muestra: como máximo $a.",
      "Test rapido, ore dal prelievo: al massimo $a." }
};

static const row no_recovery = {
    'R', 9000, "Recovery", "r.0", "{'!':[{'var':'payload.r.0'}]}",
    { "Recovery certificates are not accepted here.",
      "Les certificats de rétablissement ne sont pas acceptés ici.",
      "Genesenenzertifikate werden hier nicht akzeptiert.",
      "Aquí no se aceptan certificados de recuperación.",
      "Qui non si accettano certificati di guarigione." }
};

static const row recovered = {
    'R', 9001, "Recovery", "r.0.fr",
    "{'and':[{'not-after':[{'plusTime':[" FR ",$a,'day']}," CLOCK "]},"
    "{'before':[" CLOCK ",{'plusTime':[" FR ",$n,'day']}]}]}",
    { "Days since the first positive test: $a to $b.",
      "Jours depuis le premier test positif : de $a à $b.",
      "Tage seit dem ersten positiven Test: $a bis $b.",
      "Días desde la primera prueba positiva: de $a a $b.",
      "Giorni dal primo test positivo: da $a a $b." }
};

/* Vaccines with an authorisation for the whole Union (Community Register of medicinal products). */
static const struct {
    const char *code, *name;
} eu_vaccines[] = {
    { "EU/1/20/1507", "Spikevax" },       { "EU/1/20/1525", "Jcovden" },
    { "EU/1/20/1528", "Comirnaty" },      { "EU/1/21/1529", "Vaxzevria" },
    { "EU/1/21/1580", "VidPrevtyn Beta" }, { "EU/1/21/1618", "Nuvaxovid" },
    { "EU/1/21/1624", "COVID-19 Vaccine Valneva" },
};

#define EU_VACCINES (sizeof(eu_vaccines) / sizeof(eu_vaccines[0]))

/* ---- one document ------------------------------------------------------------------------- */

/* What is made, for whom. */
typedef struct {
    const hp_house *house;
    hp_json *documents;
    bool failed;
} maker;

/* The template with numbers for $a, $b and $n, and " for ' in Logic. */
static void
expand(const char *template, bool logic, long a, long b, char text[EXPANDED])
{
    size_t n = 0;
    long value;

    for (; *template != '\0' && n + 24 < EXPANDED; template++) {
        if (template[0] == '$') {
            template++;
            value = *template == 'a' ? a : *template == 'b' ? b : b + 1;
            n += (size_t)snprintf(text + n, EXPANDED - n, "%ld", value);
        } else
            text[n++] = logic && *template == '\'' ? '"' : *template;
    }
    text[n] = '\0';
}

static hp_json *
make_texts(const row *r, long a, long b)
{
    hp_json *texts = hp_json_array(), *one;
    char text[EXPANDED];
    size_t i;

    for (i = 0; i < LANGS; i++) {
        one = hp_json_object();
        expand(r->texts[i], false, a, b, text);
        hp_json_set_text(one, "lang", hp_str_of(langs[i]));
        hp_json_set_text(one, "desc", hp_str_of(text));
        hp_json_add(texts, one);
    }
    return texts;
}

/* Names with blanks between. */
static hp_json *
make_fields(const char *fields)
{
    hp_json *array = hp_json_array();
    size_t n;

    for (; *fields != '\0'; fields += n + (fields[n] == ' ')) {
        n = strcspn(fields, " ");
        hp_json_add(array, hp_json_of_text((hp_str){ (const uint8_t *)fields, n }));
    }
    return array;
}

static void
set_text(hp_json *json, const char *name, const char *text)
{
    hp_json_set_text(json, name, hp_str_of(text));
}

static void
set_time(hp_json *json, const char *name, double t)
{
    char text[HP_TIME_TEXT];

    hp_time_write(t, text);
    set_text(json, name, text);
}

static void
add(maker *m, const row *r, long a, long b)
{
    hp_json *json = hp_json_object(), *logic;
    char text[EXPANDED];

    snprintf(text, sizeof(text), "%cR-%s-%04d", r->prefix, m->house->country, r->number);
    set_text(json, "Identifier", text);
    set_text(json, "Type", "Acceptance");
    set_text(json, "Country", m->house->country);
    if (m->house->region[0] != '\0')
        set_text(json, "Region", m->house->region);
    set_text(json, "Version", m->house->version);
    set_text(json, "SchemaVersion", "1.0.0");
    set_text(json, "Engine", "CERTLOGIC");
    set_text(json, "EngineVersion", "1.0.0");
    set_text(json, "CertificateType", r->kind);
    hp_json_set(json, "Description", make_texts(r, a, b));
    set_time(json, "ValidFrom", m->house->from);
    set_time(json, "ValidTo", m->house->until);
    hp_json_set(json, "AffectedFields", make_fields(r->fields));
    expand(r->logic, true, a, b, text);
    logic = hp_json_load(hp_str_of(text), NULL);
    m->failed = m->failed || json == NULL || logic == NULL;
    hp_json_set(json, "Logic", logic);
    hp_json_add(m->documents, json);
}

/* ---- the value set ------------------------------------------------------------------------ */

static void
put_vaccine(hp_json *values, hp_str code, const char *name)
{
    hp_json *one = hp_json_object();

    hp_json_set_text(one, "display", name != NULL ? hp_str_of(name) : code);
    set_text(one, "lang", "en");
    hp_json_set_bool(one, "active", true);
    set_text(one, "system", "https://ec.europa.eu/health/documents/community-register/html/");
    set_text(one, "version", "");
    hp_json_set_member(values, code, one);
}

static const char *
name_of(hp_str code)
{
    size_t i;

    for (i = 0; i < EU_VACCINES; i++) {
        if (hp_str_eq(hp_str_of(eu_vaccines[i].code), code))
            return eu_vaccines[i].name;
    }
    return NULL;
}

static hp_json *
make_vaccines(const char *list)
{
    hp_json *values = hp_json_object();
    size_t i, n;

    for (i = 0; strcmp(list, "eu") == 0 && i < EU_VACCINES; i++)
        put_vaccine(values, hp_str_of(eu_vaccines[i].code), eu_vaccines[i].name);
    for (; strcmp(list, "eu") != 0 && *list != '\0'; list += n + (list[n] == ',')) {
        hp_str code = { (const uint8_t *)list, n = strcspn(list, ",") };

        put_vaccine(values, code, name_of(code));
    }
    return values;
}

static void
add_vaccines(maker *m)
{
    hp_json *set = hp_json_object();
    char date[HP_TIME_TEXT];

    hp_time_write(m->house->from, date);
    set_text(set, "valueSetId", "house-vaccines");
    hp_json_set_text(set, "valueSetDate", (hp_str){ (const uint8_t *)date, 10 });
    hp_json_set(set, "valueSetValues", make_vaccines(m->house->vaccines));
    hp_json_add(m->documents, set);
}

/* ---- all ---------------------------------------------------------------------------------- */

static void
add_vaccination(maker *m)
{
    const hp_house *h = m->house;

    if (h->vaccinated == HP_HOUSE_NO) {
        add(m, &no_vaccination, 0, 0);
        return;
    }
    if (h->vaccinated == HP_HOUSE_COMPLETE)
        add(m, &complete, 0, 0);
    if (h->vaccinated == HP_HOUSE_BOOSTER)
        add(m, &booster, 0, 0);
    add(m, h->dose_from > 0 ? &dose_from : &dose_past, h->dose_from, 0);
    if (h->dose_until >= 0)
        add(m, &dose_until, 0, h->dose_until);
    if (h->vaccines != NULL)
        add(m, &vaccine, 0, 0);
}

static void
add_test(maker *m)
{
    const hp_house *h = m->house;

    if (h->pcr == 0 && h->rapid == 0) {
        add(m, &no_test, 0, 0);
        return;
    }
    add(m, &negative, 0, 0);
    add(m, h->rapid == 0 ? &pcr_only : h->pcr == 0 ? &rapid_only : &pcr_or_rapid, 0, 0);
    if (h->pcr > 0)
        add(m, &pcr_age, h->pcr, 0);
    if (h->rapid > 0)
        add(m, &rapid_age, h->rapid, 0);
}

hp_json *
hp_house_documents(const hp_house *house)
{
    maker m = { house, hp_json_array(), false };

    add(&m, &disease, 0, 0);
    if (house->min_age > 0)
        add(&m, &min_age, house->min_age, 0);
    add_vaccination(&m);
    add_test(&m);
    if (house->ill_until < 0)
        add(&m, &no_recovery, 0, 0);
    else
        add(&m, &recovered, house->ill_from, house->ill_until);
    if (house->vaccines != NULL)
        add_vaccines(&m);
    if (!m.failed)
        return m.documents;
    hp_json_free(m.documents);
    return NULL;
}
