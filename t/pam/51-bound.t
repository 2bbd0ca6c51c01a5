#!/usr/bin/python3
"""match=file: the holder of the pass is one that the login was bound to, or it is refused as any
other pass is."""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import tap
from host import USER, Host
from material import FAMILY, GIVEN, UVCI, Material, certificate

NOT_ACCEPTED = "This pass could not be verified here. Please check the name and the code, show another pass, or ask for help."
UNAVAILABLE = "Passes cannot be checked at the moment. Please try again later, or ask for help."

m = Material()
holders = m.path("holders")
m.service("bound", m.lines("match=file:" + holders))
m.service("free", m.lines("match=none"))


def person(**changes):
    """A pass of the same person, with another number, in which this is different."""
    whole = certificate(v=[dict(certificate()["v"][0], ci=UVCI.replace("QZ7T", "ZZ9T"))])
    whole["nam"] = dict(whole["nam"], **changes.pop("nam", {}))
    return m.issue(payload=dict(whole, **changes))


def bind(login, text, *words):
    return m.run("bind", "--policy", m.policy, "--holders", holders, *words, login,
                 m.write("pass.txt", text + "\n"))


def login(answer, code, name, service="bound", user=None, account=None):
    with Host(m.services, service, user or m.user) as host:
        tap.equal(host.authenticate(answer), code, "%s: %s" % (name, code))
        host.said = host.log
        if code in ("SUCCESS", "AUTH_ERR"):
            tap.equal(host.account(), account or ("SUCCESS" if code == "SUCCESS" else "PERM_DENIED"), "... account")
        return host


def fault(name, code, says):
    host = login(m.good, code, name)
    tap.equal((host.prompts, host.errors), ([], [UNAVAILABLE]), "... nobody is asked")
    tap.contains(host.said, says, "... the log: " + says)


fault("no file", "AUTHINFO_UNAVAIL", holders + ": No such file")
bind("somebody-else", m.good)
login(m.good, "AUTH_ERR", "a login without a line")
login(m.good, "SUCCESS", "... which any pass opens unbound", service="free")
bind(m.user, m.good)
login(m.good, "SUCCESS", "the holder")
login(person(), "SUCCESS", "the same person's new pass")
login(person(nam={"fn": FAMILY.lower()}), "SUCCESS", "... written otherwise, with the same MRZ form")
for name, changes in (("another family name", {"nam": {"fn": "Stranger", "fnt": "STRANGER"}}),
                      ("another given name", {"nam": {"gn": "Lena", "gnt": "LENA"}}),
                      ("one given name more", {"nam": {"gnt": GIVEN.upper() + "<ANNA"}}),
                      ("names swapped", {"nam": {"fnt": GIVEN.upper(), "gnt": FAMILY.upper()}}),
                      ("a word moved", {"nam": {"fnt": FAMILY.upper() + "<" + GIVEN.upper(), "gnt": ""}}),
                      ("another birth date", {"dob": "1987-06-06"}),
                      ("part of the birth date", {"dob": "1987-06"}), ("no birth date", {"dob": ""})):
    host = login(person(**changes), "AUTH_ERR", name)
    tap.equal(host.errors, [NOT_ACCEPTED], "... reads what a forger reads")
    tap.contains(host.said, "refused: reason=holder id=100 stage=holder ", "... the log says why")
    for word in (FAMILY, GIVEN, "Stranger", "STRANGER", "Lena", "1987"):
        tap.lacks(host.said, word, "... and names nobody")
tap.equal(login(m.unsigned, "AUTH_ERR", "a forged pass").errors, [NOT_ACCEPTED], "... reads the same")
login(m.expired, "AUTH_ERR", "an expired pass of the holder", account="ACCT_EXPIRED")

other = person(nam={"fn": "Stranger", "fnt": "STRANGER"})
bind(m.user, other)
login(other, "SUCCESS", "a second holder of the login")
login(m.good, "SUCCESS", "... and the first")
bind(m.user, other, "--remove")
login(other, "AUTH_ERR", "... who is taken away")
login(m.good, "SUCCESS", "... and the first stays")


def meanwhile():
    bind(m.user, m.good, "--remove")
    return m.good


login(meanwhile, "AUTH_ERR", "a holder who is taken away while the prompt stands")
bind(m.user, m.good)

# The key ring: what was bound under an older key stays bound.
with open(m.path("identity.key"), "rb") as file:
    old = file.read()
m.write("identity.key", os.urandom(32) + old, 0o600)
login(m.good, "SUCCESS", "bound under the second key of the ring")
tap.contains(bind(m.user, m.good), "was bound already", "... and not bound twice")
m.write("identity.key", os.urandom(32), 0o600)
login(m.good, "AUTH_ERR", "bound under a key that is gone")
m.write("identity.key", old, 0o600)

with open(holders) as file:
    text = file.read()
for word in (FAMILY, GIVEN, "1987", "06-05", UVCI[9:]):
    tap.equal(word.lower() in text.lower(), False, "the file has none of it: " + word)
tap.equal(os.stat(holders).st_mode & 0o777, 0o600, "nobody else reads the file")

for name, content, says in (("an empty file", "", "holders:1: expected \"healthpass holders 1\""),
                            ("a damaged line", text + "x\n", ": expected LOGIN:ID"),
                            ("a line that was cut", text[:-1], ": expected LOGIN:ID")):
    m.write("holders", content, 0o600)
    fault(name, "SERVICE_ERR", says)
m.write("holders", text, 0o644)
fault("a file that others read", "SERVICE_ERR", holders)
m.write("holders", text, 0o600)
m.service("keyless", m.lines("match=file:%s policy=%s" % (holders, m.write(
    "keyless.conf", 'trust = "%s";\nrules = "minimal";\n' % m.trust))))
host = login(m.good, "SERVICE_ERR", "a policy without a key", service="keyless")
tap.contains(host.said, "identity_key", "... the log says what is missing")
login(m.good, "SUCCESS", "all is well again")
with Host(m.services, "bound", m.user) as host:
    tap.equal(host.authenticate(m.good), "SUCCESS", "the holder")
    host.set_item(USER, "root")
    tap.equal(host.account(), "PERM_DENIED", "... who becomes another user behind the prompt")
tap.done()
