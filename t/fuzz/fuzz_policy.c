/* The text of a policy file: settings, or an error that names the file. */
#include "fuzz.h"

#include "policy/settings.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    char *text = malloc(n + 1); /* as hp_file_read() gives it, with a zero behind */
    hp_settings settings;
    hp_error error = { "" };

    MUST(text != NULL);
    memcpy(text, p, n);
    text[n] = '\0';
    for (int door = HP_DOOR_NONE; door <= HP_DOOR_PAM; door++) {
        hp_str file = { (uint8_t *)text, n };

        if (hp_settings_read("policy.conf", file, (hp_door)door, &settings, &error)) {
            MUST(settings.n_trust > 0 && settings.trust[0][0] == '/');
            MUST(settings.rules != HP_RULES_NONE);
            MUST(settings.trust_warn_age >= 51 && settings.trust_max_age <= 366 * 86400);
            MUST(settings.trust_warn_age <= settings.trust_max_age);
            MUST(settings.stale_override[0] == '/');
            MUST(settings.clock_skew >= 0 && settings.clock_skew <= 3600);
            hp_settings_free(&settings);
        } else {
            MUST(strncmp(error.text, "policy.conf:", 12) == 0);
        }
    }
    free(text);
    return 0;
}

void
fuzz_seeds(void (*put)(const char *name, hp_str seed))
{
    put("small", HP_STR("trust = \"/t\"; rules = \"minimal\";\n"));
    put("all", HP_STR("formats = [\"hc1\"]\ntrust = (\"/t\", \"/u\")\nenvironment = \"dev\"\n"
        "rules = \"authentic-only\"\nschema = \"strict\"\nsigner_validity = off\n"
        "clock_skew = \"5m\"\nidentity_key = \"/k\"\npass_id_scope = \"event:x\"\n"));
    put("groups", HP_STR("trust = \"/t\"; rules = \"minimal\"; web: { schema = \"strict\"; };\n"
        "pam: { clock_skew = 30; }; if_supported: { ledger = \"memory\"; };\n"));
    put("ages", HP_STR("trust = \"/t\"; rules = \"minimal\"; trust_max_age = \"1m\";\n"
        "trust_manifest = \"required\"; trust_manifest_key = \"/m\"; signer_country = \"same\";\n"
        "web: { trust_warn_age = 60; }; stale_override = \"/o\";\n"));
    put("unsupported", HP_STR("trust = \"/t\"; revoked = \"/r\";"));
    put("doubled", HP_STR("trust = \"/t\"; trust = \"/t\";"));
    put("include", HP_STR("@include \"/etc/passwd\"\n"));
    put("comments", HP_STR("# a\n// b\n/* c */ trust = \"/t\" \"x\"; rules = \"minimal\";"));
    put("numbers", HP_STR("clock_skew = 0x10L; trust = 1e400; x = [1,2,3]; y = {a={b=(1);};};"));
}
