#!/usr/bin/python3
"""Rule documents: which one refused, in the language that is set, and changes at the next scan."""

import json
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import tap
from host import Host
from material import Material, certificate, stamp, test_certificate, FAMILY, GIVEN, UVCI

ADVICE = "This pass does not meet the entry rules. Please show one that does, or ask for help."
TEXTS = {"en": "Three doses are needed.", "fr": "Il faut trois doses complètes.",
         "de-AT": "Drei Dosen braucht es hier."}
MESSAGE = 511  # bytes, PAM_MAX_MSG_SIZE and its zero

THREE = {"===": [{"var": "payload.v.0.dn"}, 3]}
TWO = {"===": [{"var": "payload.v.0.dn"}, 2]}
LACKS = {"after": [{"plusTime": [{"var": "payload.v.0.none"}, 0, "day"]},
                   {"plusTime": ["2020-01-01", 0, "day"]}]}

m = Material()


def rule(identifier, logic, texts=None, **members):
    return dict({
        "Identifier": identifier, "Type": "Acceptance", "Country": identifier[3:5],
        "Version": "1.0.0", "SchemaVersion": "1.0.0", "Engine": "CERTLOGIC",
        "EngineVersion": "1.0.0", "CertificateType": "Vaccination",
        "Description": [{"lang": lang, "desc": text}
                        for lang, text in (TEXTS if texts is None else texts).items()],
        "ValidFrom": "2021-01-01T00:00:00Z", "ValidTo": "2100-01-01T00:00:00Z",
        "AffectedFields": ["v.0.dn"], "Logic": logic}, **members)


def put(name, *rules):
    return m.write(name + ".json", json.dumps(rules))


def service(name, *rules, options="", lines=""):
    """A service whose policy goes by these rules of the country XX."""
    policy = m.policy_text(rules=put(name, *rules)) + 'country = "XX";\n' + lines
    file = m.write(name + ".conf", policy)
    m.service(name, m.lines("match=none policy=%s %s" % (file, options)))


def login(name, answer, code, *messages, log="", flags=0, advice=ADVICE):
    with Host(m.services, name, m.user) as host:
        tap.equal(host.authenticate(answer, flags=flags), code, "%s: %s" % (name, code))
        tap.equal(host.errors, list(messages), "... the person reads it")
        tap.contains(host.log, log, "... the log: " + log)
        tap.equal(len(host.log.splitlines()), 1, "... in one line")
        for secret in (FAMILY, GIVEN, UVCI):
            tap.lacks(host.log + "".join(host.errors), secret, "... nobody anything of the pass")
        tap.lacks(host.log, "doses", "... nor the log what the rule says")
        account = {"SUCCESS": "SUCCESS"}.get(code, "PERM_DENIED")
        tap.equal(host.account(), account, "... account")
        if code != "SUCCESS":
            tap.equal(host.errors, [advice], "... which says no more than the advice")


# ---- which rule, and why

service("met", rule("VR-XX-0001", TWO))
login("met", m.good, "SUCCESS", log="accepted: reason=ok id=2 stage=none ")
service("failed", rule("VR-XX-0001", TWO), rule("VR-XX-0002", THREE), rule("VR-XX-0003", THREE))
login("failed", m.good, "AUTH_ERR", ADVICE + " " + TEXTS["en"],
      log="refused: reason=rule-failed id=90 stage=rules ")
login("failed", m.good, "AUTH_ERR", ADVICE + " " + TEXTS["en"], log=" rule=VR-XX-0002")
service("open", rule("VR-XX-0001", TWO), rule("VR-XX-0004", LACKS))
login("open", m.good, "AUTH_ERR", ADVICE + " " + TEXTS["en"], log="reason=rule-open id=91 ")
login("open", m.good, "AUTH_ERR", ADVICE + " " + TEXTS["en"], log=" rule=VR-XX-0004")
service("allowed", rule("VR-XX-0004", LACKS), lines='rules_open = "allow";\n')
login("allowed", m.good, "SUCCESS", log="accepted: reason=ok ")
service("none", rule("VR-XY-0005", TWO))
login("none", m.good, "AUTH_ERR", ADVICE, log="reason=rule-none id=92 stage=rules ")
login("met", m.issue(payload=test_certificate("260415000")), "AUTH_ERR", ADVICE,
      log="reason=rule-none ")
login("failed", m.issue(payload=certificate(v=[dict(certificate()["v"][0], dn=3, sd=3)])),
      "AUTH_ERR", ADVICE + " " + TEXTS["en"], log=" rule=VR-XX-0001")

# ---- in whose language: the advice in one of five, the rule in one of its own

FRENCH = "Ce pass ne répond pas aux règles d'entrée. Veuillez en présenter un qui y réponde ou demander de l'aide."
GERMAN = ("Dieser Nachweis erfüllt die Einlassregeln nicht. Bitte zeigen Sie einen, der sie erfüllt, "
          "oder lassen Sie sich helfen.")
ITALIAN = ("Questo pass non soddisfa le regole di ingresso. Per favore, ne mostri uno che le soddisfi "
           "o chieda aiuto.")
for lang, advice, text in (("fr", FRENCH, "fr"), ("fr-CA", FRENCH, "fr"), ("de", GERMAN, "de-AT"),
                           ("DE-at", GERMAN, "de-AT"), ("it", ITALIAN, "en"), ("en-GB", ADVICE, "en")):
    service("lang", rule("VR-XX-0002", THREE), options="lang=" + lang)
    login("lang", m.good, "AUTH_ERR", advice + " " + TEXTS[text], log="reason=rule-failed ", advice=advice)
service("mute", rule("VR-XX-0002", THREE, texts={}))
login("mute", m.good, "AUTH_ERR", ADVICE, log=" rule=VR-XX-0002")
service("quiet", rule("VR-XX-0002", THREE), options="quiet")
with Host(m.services, "quiet", m.user) as host:
    tap.equal((host.authenticate(m.good), host.errors), ("AUTH_ERR", []), "quiet: nothing is said")

# A long text is cut, and never within a character.
for before in range(2):
    text = "x" * before + "é" * 400
    service("long", rule("VR-XX-0002", THREE, texts={"en": text}))
    with Host(m.services, "long", m.user) as host:
        tap.equal(host.authenticate(m.good), "AUTH_ERR", "a long text")
        tap.equal(len(host.errors), 1, "... is one message")
        said = host.errors[0].encode()
        tap.ok(MESSAGE - 1 <= len(said) <= MESSAGE, "... of %d bytes" % len(said))
        tap.ok((ADVICE + " " + text).startswith(host.errors[0]), "... cut between characters")

# ---- rules change

service("live", rule("VR-XX-0001", TWO))
with Host(m.services, "live", m.user) as host:
    tap.equal(host.authenticate(m.good), "SUCCESS", "a rule that is met")
    put("live", rule("VR-XX-0001", THREE, Version="1.0.1"))
    tap.equal(host.authenticate(m.good), "AUTH_ERR", "the next login has the next version")
    put("live", rule("VR-XX-0001", TWO))

    def meanwhile():
        put("live", rule("VR-XX-0002", THREE, texts={"en": "This came meanwhile."}))
        return m.good
    tap.equal(host.authenticate(meanwhile), "AUTH_ERR", "one that came at the prompt counts")
    tap.equal(host.errors, [ADVICE + " This came meanwhile."], "... and is told")

    def broken():
        m.write("live.json", '[{"Identifier":')
        return m.good
    put("live", rule("VR-XX-0001", TWO))
    tap.equal(host.authenticate(broken), "SUCCESS", "a broken one does not")
    tap.contains(host.log, "live.json: line 1", "... the log says so")
    tap.equal(len(host.log.splitlines()), 2, "... once")
    tap.equal(host.authenticate(m.good), "SERVICE_ERR", "at the next login there is no other")
    tap.equal(host.prompts, [], "... nobody is asked")

    begins = int(time.time()) + 3
    put("live", rule("VR-XX-0001", TWO),
        rule("VR-XX-0001", THREE, Version="2.0.0", ValidFrom=stamp(begins - time.time() + 0.5)))
    if time.time() < begins - 1:
        tap.equal(host.authenticate(m.good), "SUCCESS", "a rule before it begins")

    def wait():
        time.sleep(max(0, begins + 0.5 - time.time()))
        return m.good
    tap.equal(host.authenticate(wait), "AUTH_ERR", "... and once it has, at the same prompt")

# ---- a set that the line names

os.makedirs(m.path("house/staff"))
os.makedirs(m.path("house/visitors"))
m.write("house/staff/1.json", json.dumps(rule("VR-XX-0001", TWO)))
m.write("house/visitors/1.json", json.dumps(rule("VR-XX-0002", THREE)))
house = m.write("house.conf", m.policy_text(rules=m.path("house")) + 'country = "XX";\nrules_set = "visitors";\n')


def lines(auth, account):
    return (m.lines("match=none policy=" + house + auth).splitlines()[0] + "\n"
            + m.lines("match=none policy=" + house + account).splitlines()[1] + "\n")


for name, option, code in (("own", "", "AUTH_ERR"), ("staff", " rules=staff", "SUCCESS"),
                           ("visitors", " rules=visitors", "AUTH_ERR"),
                           ("nobody", " rules=nobody", "SERVICE_ERR")):
    m.service("set-" + name, lines(option, option))
    with Host(m.services, "set-" + name, m.user) as host:
        tap.equal(host.authenticate(m.good), code, "the set %s: %s" % (name, code))
        if code == "SERVICE_ERR":
            tap.contains(host.log, "house.conf: rules: none of the folders in rules holds a folder nobody",
                         "... the log says why")
            tap.equal(host.prompts, [], "... nobody is asked")
        tap.equal(host.account(), "SUCCESS" if code == "SUCCESS" else "PERM_DENIED", "... account")
m.service("minimal", m.lines("match=none rules=staff"))
with Host(m.services, "minimal", m.user) as host:
    tap.equal(host.authenticate(m.good), "SERVICE_ERR", "a set where rules are no documents")
    tap.contains(host.log, "names no rule documents, and so there is no set staff", "... the log says why")
for auth, account in (("staff", "visitors"), ("staff", ""), ("", "staff")):
    m.service("mixed", lines(*(" rules=" + s if s else "" for s in (auth, account))))
    with Host(m.services, "mixed", m.user) as host:
        host.authenticate(m.good)
        tap.equal(host.account(), "PERM_DENIED", "auth by %s is no evidence for %s" % (auth, account))
m.service("changes", lines(" rules=staff", " rules=staff"))
with Host(m.services, "changes", m.user) as host:
    def stricter():
        m.write("house/staff/1.json", json.dumps(rule("VR-XX-0001", THREE)))
        return m.good
    tap.equal(host.authenticate(stricter), "AUTH_ERR", "the set is that of a rule that came at the prompt")
    tap.contains(host.log, " rule=VR-XX-0001", "... the log")

# ---- each scan has its own answer

m.service("tries", m.lines("match=none tries=2 policy=" + m.path("failed.conf")))
with Host(m.services, "tries", m.user) as host:
    tap.equal(host.authenticate(m.good, m.forged), "AUTH_ERR", "two scans")
    tap.equal(host.errors, [ADVICE + " " + TEXTS["en"],
                            "This pass could not be verified here. Please check the name and the code, show another pass, or ask for help."],
              "... and what a rule says stands with its own")

tap.done()
