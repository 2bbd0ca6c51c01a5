#!/usr/bin/python3
"""match=gecos: the pass is in the name of the passwd entry, or it is refused as any other is."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import house as houses
import tap
from host import USER, Host
from material import FAMILY, GIVEN, certificate

NOT_ACCEPTED = "This pass could not be verified here. Please check the name and the code, show another pass, or ask for help."
PEOPLE = {
    "whole": "%s %s" % (GIVEN, FAMILY), "swapped": "%s, %s" % (FAMILY, GIVEN),
    "rooms": "%s %s,Room 4,1234,," % (FAMILY.upper(), GIVEN.upper()), "other": "Lena Stranger",
    "lone": GIVEN, "family": FAMILY, "empty": "", "damaged": "%s %s\xff" % (GIVEN, FAMILY),
    "twin": "%s %s" % (GIVEN, FAMILY),
}

house, m = houses.build({name: None for name in PEOPLE})
m.service("bound", m.lines("match=gecos"))
m.service("free", m.lines("match=none"))
m.service("mixed", m.lines("match=none").split("\n")[0] + "\n" + m.lines("match=gecos").split("\n")[1] + "\n")


def rewrite(path, change):
    with open(path, encoding="latin-1") as file:
        lines = file.read().split("\n")
    with open(path, "w", encoding="latin-1") as file:
        file.write("\n".join(change(line) for line in lines))


def with_name(line):
    fields = line.split(":")
    if fields[0] in PEOPLE:
        fields[4] = PEOPLE[fields[0]]
    return ":".join(fields)


rewrite("/etc/passwd", with_name)


def login(user, answer, code, name, service="bound"):
    with Host(m.services, service, user) as host:
        tap.equal(host.authenticate(answer), code, "%s: %s" % (name, code))
        tap.equal(host.account(), "SUCCESS" if code == "SUCCESS" else "PERM_DENIED", "... account")
        return host.errors[:1]


login("whole", m.good, "SUCCESS", "given and family name")
login("rooms", m.good, "SUCCESS", "family name first, capitals, and a room")
for user, name in (("other", "another name"), ("lone", "a given name only"),
                   ("family", "a family name only"), ("empty", "no name"),
                   ("damaged", "a name that is no UTF-8"), ("swapped", "a name cut at its comma")):
    tap.equal(login(user, m.good, "AUTH_ERR", name), [NOT_ACCEPTED], "... what the person reads")
    login(user, m.good, "SUCCESS", name + ", unbound", service="free")
tap.equal(login("whole", m.unsigned, "AUTH_ERR", "a forged pass"), [NOT_ACCEPTED], "... reads the same")
alone = certificate()
alone["nam"] = {"fn": FAMILY, "fnt": FAMILY.upper()}
login("whole", m.issue(payload=alone), "AUTH_ERR", "a pass without a given name")

with Host(m.services, "bound", "other") as host:
    host.authenticate(m.good)
    tap.contains(host.log, "refused: reason=holder id=100 stage=holder ", "the log says why")
    for word in (FAMILY, GIVEN, "Lena", "Stranger", "other"):
        tap.lacks(host.log, word, "... and names nobody")

# Who it is that logs in may change at the prompt, and behind it.
with Host(m.services, "bound", "other") as host:
    def become():
        host.set_item(USER, "whole")
        return m.good
    tap.equal(host.authenticate(become), "SUCCESS", "another user at the prompt is the one compared")
    tap.equal(host.account(), "SUCCESS", "... account")
    host.set_item(USER, "twin")
    tap.equal(host.account(), "PERM_DENIED", "a namesake later is another user")
with Host(m.services, "bound", "nobody-of-the-kind") as host:
    tap.equal(host.authenticate(m.good), "USER_UNKNOWN", "a user who does not exist")
    tap.equal(len(host.prompts), 1, "... is asked as anybody")
with Host(m.services, "mixed", "other") as host:
    tap.equal(host.authenticate(m.good), "SUCCESS", "auth without a match")
    tap.equal(host.account(), "PERM_DENIED", "... is none for an account line with one")

# Where users may write their own names, names bind nobody.
for setting in ("frwh", "no", "f", '"no"', '"frwh"', "= no"):
    rewrite("/etc/login.defs", lambda line: "CHFN_RESTRICT\t" + setting
            if line.startswith("CHFN_RESTRICT") else line)
    with Host(m.services, "bound", "whole") as host:
        tap.equal(host.authenticate(m.good), "SERVICE_ERR", "CHFN_RESTRICT %s: refused" % setting)
        tap.contains(host.log, "CHFN_RESTRICT in /etc/login.defs", "... and said why")
        tap.equal(host.account(), "SERVICE_ERR", "... account")
        tap.equal(host.prompts, [], "... nobody was asked")
    login("whole", m.good, "SUCCESS", "... match=none does not care", service="free")
for setting in ("CHFN_RESTRICT yes", "CHFN_RESTRICT rwh", "# CHFN_RESTRICT frwh"):
    rewrite("/etc/login.defs", lambda line: setting if "CHFN_RESTRICT" in line else line)
    login("whole", m.good, "SUCCESS", setting)
os.unlink("/etc/login.defs")
login("whole", m.good, "SUCCESS", "no login.defs")
tap.done()
