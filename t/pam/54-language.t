#!/usr/bin/python3
"""The language that the person is spoken to in: lang=, else a locale's name and nothing of it but that."""

import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import tap
from host import Host
from material import Material

m = Material()
m.count_in("ledger")
VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")
CALM = {
    "en": ("Scan your pass: ", "Please show your health pass.",
           r"Pass accepted\. Valid until (\d{4}-\d\d-\d\d )?\d\d:\d\d\.", "Please wait 60 minutes."),
    "fr": ("Scannez votre pass : ", "Veuillez présenter votre pass sanitaire.",
           r"Pass accepté\. Fin de validité : (\d{4}-\d\d-\d\d )?\d\d:\d\d\.", "Veuillez patienter 60 minutes."),
    "de": ("Bitte Nachweis scannen: ", "Bitte zeigen Sie Ihren Gesundheitsnachweis.",
           r"Nachweis akzeptiert\. Gültig bis (\d{4}-\d\d-\d\d )?\d\d:\d\d\.", "Bitte warten Sie 60 Minuten."),
    "es": ("Escanee su pase: ", "Por favor, muestre su pase sanitario.",
           r"Pase aceptado\. Fin de validez: (\d{4}-\d\d-\d\d )?\d\d:\d\d\.", "Por favor, espere 60 minutos."),
    "it": ("Scansioni il Suo pass: ", "Per favore, mostri il Suo pass sanitario.",
           r"Pass accettato\. Fine della validità: (\d{4}-\d\d-\d\d )?\d\d:\d\d\.", "Per favore, attenda 60 minuti."),
}


def service(options):
    m.service("spoken", m.lines("match=none " + options))


def speaks(language, name, pam=None, **process):
    """What an empty answer is told, with these variables of the process and of PAM."""
    for variable in VARIABLES:
        os.environ.pop(variable, None)
    os.environ.update(process)
    with Host(m.services, "spoken", m.user) as host:
        for variable, value in (pam or {}).items():
            host.put_environment(variable, value)
        tap.equal(host.authenticate(""), "AUTH_ERR", name)
        tap.equal((host.prompts, host.errors), ([(1, CALM[language][0])], [CALM[language][1]]),
                  "... is told in " + language)
        tap.equal(host.account(), "PERM_DENIED", "... account")
        tap.equal(host.errors, [CALM[language][1]], "... in the same")


# ---- lang=

service("lang=en")
speaks("en", "lang=en in a French place", LANG="fr_FR.UTF-8")
for lang, language in (("fr", "fr"), ("DE", "de"), ("es-419", "es"), ("it-CH", "it"), ("pt-BR", "en"),
                       ("aa-bbbbbbbb-cccccccc-dddddddd-eeeee", "en")):
    service("lang=" + lang)
    speaks(language, "lang=" + lang)

for lang, (prompt, _, accepted, wait) in CALM.items():
    service("lang=" + lang)
    with Host(m.services, "spoken", m.user) as host:
        tap.equal(host.authenticate(m.good), "SUCCESS", lang + ": a good pass")
        tap.equal((host.prompts, host.errors), ([(1, prompt)], []), "... is asked for")
        tap.ok(len(host.infos) == 1 and re.fullmatch(accepted, host.infos[0]), "... %s" % host.infos)
        tap.ok(len(host.infos[0].encode()) < 160, "... on one line")
    service("limit=1/1h:by=tty lang=" + lang)
    with Host(m.services, "spoken", m.user, tty="tty-" + lang) as host:
        tap.equal(host.authenticate(m.forged), "AUTH_ERR", lang + ": a refusal")
        tap.equal(host.authenticate(m.forged), "MAXTRIES", "... and no more")
        tap.ok(len(host.errors) == 1 and host.errors[0].endswith(wait), "... %s" % host.errors)

service("[prompt=Pass, please: ] lang=fr")
with Host(m.services, "spoken", m.user) as host:
    host.authenticate("")
    tap.equal(host.prompts, [(1, "Pass, please: ")], "a prompt of the line's own stays as it is")

# ---- the locale's name

service("")
for value, language in (("fr_FR.UTF-8", "fr"), ("de_AT.utf8", "de"), ("es_MX.UTF-8@x", "es"), ("it.UTF-8", "it"),
                        ("C", "en"), ("POSIX", "en"), ("C.UTF-8", "en"), ("en_GB.UTF-8", "en"), ("pt_BR.UTF-8", "en"),
                        # our texts are UTF-8, and English alone is ASCII, too
                        ("fr_FR", "en"), ("fr_FR.ISO-8859-1", "en"), ("fr_FR@euro", "en"), ("fr_FR.UTF-88", "en"),
                        # whoever calls su writes this
                        ("/tmp/fr.UTF-8", "en"), (".UTF-8", "en"), ("fr\x1b[2J.UTF-8", "en"), ("%s%n.UTF-8", "en"),
                        ("fr" + "_x" * 16 + ".UTF-8", "fr"), ("fr" + "_x" * 17 + ".UTF-8", "en"),
                        ("fr" + "_x" * 4000 + ".UTF-8", "en")):
    speaks(language, "LANG=%.30r" % value, LANG=value)
speaks("en", "no variable")
speaks("de", "LC_MESSAGES before LANG", LC_MESSAGES="de_DE.UTF-8", LANG="fr_FR.UTF-8")
speaks("it", "LC_ALL before both", LC_ALL="it_IT.UTF-8", LC_MESSAGES="de_DE.UTF-8", LANG="fr_FR.UTF-8")
speaks("fr", "an empty one is none", LC_ALL="", LANG="fr_FR.UTF-8")
speaks("en", "what is set decides, also when it is C", LC_ALL="C", LANG="fr_FR.UTF-8")
speaks("es", "PAM's environment before the process's", pam={"LANG": "es_ES.UTF-8"}, LC_ALL="fr_FR.UTF-8")
speaks("en", "... wholly", pam={"LANG": "C"}, LC_ALL="fr_FR.UTF-8")
service("lang=de")
speaks("de", "lang= before all of them", pam={"LC_ALL": "es_ES.UTF-8"}, LC_ALL="fr_FR.UTF-8")

tap.done()
