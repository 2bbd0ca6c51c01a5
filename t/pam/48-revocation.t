#!/usr/bin/python3
"""Withdrawn passes at a login: refused like any other, at the next login after the block, and
closed where a list that must be there is not."""

import os
import sys
import syslog

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import tap
from host import Host
from material import Material, UVCI, certificate

UNAVAILABLE = "Passes cannot be checked at the moment. Please try again later, or ask for help."
REFUSED = "This pass could not be verified here. Please check the name and the code, show another pass, or ask for help."

m = Material()
deny = m.write("deny.list", "healthpass deny list 1\n")
index = m.path("revoked.index")
other = m.issue(payload=certificate(v=[dict(certificate()["v"][0], ci="URN:UVCI:01:XX:ANOTHER#1")]))


def tell(name):
    print("# " + name, flush=True)


def policy(name, lines):
    """A service under a policy of its own."""
    file = m.write(name + ".conf", m.policy_text() + lines)
    m.service(name, m.lines("match=none policy=" + file))
    return file


def login(service, answer, code, *parts):
    with Host(m.services, service, m.user) as host:
        tap.equal(host.authenticate(answer), code, "... %s" % code)
        for part in parts:
            tap.contains(host.log, part, "... the log: " + part)
        return host


def revoke(*words):
    return m.run("revoke", *words)


def block(*words):
    pass_file = m.write("pass.txt", m.good)
    return revoke("add", "--policy", blocked, "--pass", pass_file, *words)


def build(name, *ucis):
    """An index with that list of numbers."""
    lines = m.write("ucis.txt", "".join(uci + "\n" for uci in ucis))
    revoke("build", "--from", "list", "--name", name, "--unsigned", "list", "--plain",
           "--allow-fewer", lines, "-o", index)


# ---- the operator's own list

blocked = policy("blocked", 'deny_list = "%s";\n' % deny)
tell("an empty list")
login("blocked", m.good, "SUCCESS", "accepted: reason=ok ")
tell("the next login after a block")
block("--reason", "circulating")
host = login("blocked", m.good, "AUTH_ERR", "refused: reason=denied-here id=82 stage=revocation ",
             " list=deny-list ")
tap.equal(host.errors, [REFUSED], "... the person reads what a forger reads")
tap.equal(login("blocked", m.unsigned, "AUTH_ERR").errors, [REFUSED], "... who reads just that")
login("blocked", other, "SUCCESS")
tap.equal(UVCI in host.log or m.good in host.log, False, "... no number and no pass in the log")

tell("it is a warning")
before = syslog.setlogmask(syslog.LOG_UPTO(syslog.LOG_WARNING))
with Host(m.services, "blocked", m.user) as host:
    host.authenticate(m.good)
    tap.contains(host.log, "reason=denied-here ", "... in the log of warnings")
syslog.setlogmask(before)

tell("a block is taken back")
revoke("remove", "--policy", blocked, "--pass", m.path("pass.txt"))
login("blocked", m.good, "SUCCESS")


def meanwhile(change):
    """Somebody does that while the prompt stands."""
    def answer():
        change()
        return m.good
    return answer


tell("a block while the prompt stands")
login("blocked", meanwhile(block), "AUTH_ERR", "reason=denied-here ")
tell("a list that is damaged while the prompt stands")
login("blocked", meanwhile(lambda: m.write("deny.list", "U 12\n")), "AUTH_ERR", "deny.list:1: ",
      "reason=denied-here ")
tell("a damaged list, and none at all")
for change in (lambda: None, lambda: os.unlink(deny)):
    change()
    host = login("blocked", m.good, "AUTHINFO_UNAVAIL", deny)
    tap.equal((host.prompts, host.errors), ([], [UNAVAILABLE]), "... nobody is asked")

# ---- published lists

build("house", UVCI)
policy("listed", 'revoked = "%s";\nrevoked_required = "house";\n' % index)
tell("a pass that a list names")
host = login("listed", m.good, "AUTH_ERR", "refused: reason=revoked id=80 stage=revocation ",
             " list=house batch=")
tap.equal(host.errors, [REFUSED], "... the person reads what a forger reads")
login("listed", other, "SUCCESS")
login("listed", m.unsigned, "AUTH_ERR", "reason=signature ")

tell("an index that comes while the prompt stands")
build("house", "URN:UVCI:01:XX:NOBODY#1")
login("listed", m.good, "SUCCESS")
login("listed", meanwhile(lambda: build("house", UVCI)), "AUTH_ERR", "reason=revoked ")

tell("a list that must be there and is not")
build("others", UVCI)
revoke("build", "--remove", "house", "-o", index)
host = login("listed", m.good, "AUTHINFO_UNAVAIL", "denied: reason=revocation-stale id=5 ",
             "the revocation list house, which revoked_required names, is in no index")
tap.equal((host.prompts, host.errors), ([], [UNAVAILABLE]), "... nobody is asked")
with Host(m.services, "listed", m.user) as host:
    host.authenticate(m.good)
    tap.equal(host.account(), "PERM_DENIED", "... account")
tell("an index that is gone")
os.unlink(index)
login("listed", m.good, "AUTHINFO_UNAVAIL", index)

tap.done()
