#!/usr/bin/python3
"""reuse=: how many terminals, or logins, one pass opens; and a ledger that cannot be asked."""

import os
import shutil
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import tap
from host import Host
from material import FAMILY, GIVEN, UVCI, Material, certificate

RHOST = 4
NOT_ACCEPTED = "This pass could not be verified here. Please check the name and the code, show another pass, or ask for help."
UNAVAILABLE = "Passes cannot be checked at the moment. Please try again later, or ask for help."

m = Material()
m.count_in("ledger")
LEDGER = m.path("run/ledger")
other = certificate()
other["v"][0]["ci"] = UVCI[:-2] + "2#X"
another = m.issue(payload=other)
remade = m.issue("--iat", "2026-01-05T10:00:00Z")


def fresh():
    shutil.rmtree(m.path("run"), ignore_errors=True)


def service(options, name="counted"):
    m.service(name, m.lines("match=none " + options))


def show(text=None, tty="tty1", rhost=None, user=None, service="counted"):
    """(auth's code, what it said, the log, account's code)"""
    with Host(m.services, service, user or m.user, tty=tty) as host:
        if rhost:
            host.set_item(RHOST, rhost)
        code = host.authenticate(m.good if text is None else text)
        return code, host.errors, host.log, host.account()


def opens(name, **where):
    code, errors, log, account = show(**where)
    tap.equal((code, errors, account), ("SUCCESS", [], "SUCCESS"), name)
    return log


def shut(name, **where):
    code, errors, log, account = show(**where)
    tap.equal((code, errors, account), ("AUTH_ERR", [NOT_ACCEPTED], "PERM_DENIED"), name)
    return log


def unavailable(name, code="AUTHINFO_UNAVAIL"):
    """Nobody is asked for a pass."""
    with Host(m.services, "counted", m.user) as host:
        tap.equal((host.authenticate(m.good), host.prompts, host.errors),
                  (code, [], [UNAVAILABLE]), name)
        return host.log


# ---- two terminals within the window, and the same ones again

service("reuse=window:10m")
tap.contains(opens("the first terminal"), " uses=1", "... and the log counts")
opens("the same one again")
opens("whose kiosk broke down goes to the next one", tty="tty2")
log = shut("a third one is refused", tty="tty3")
tap.contains(log, "refused: reason=reused id=110 stage=reuse service=counted tty=tty3 ",
             "... and the log says why")
tap.contains(log, " uses=3", "... for how many")
opens("the first one keeps its place")
opens("... and so does the second", tty="tty2")
shut("the same certificate, issued anew, is the same pass", text=remade, tty="tty3")
opens("another pass is another matter", text=another, tty="tty3")
for text, name in ((m.forged, "forged"), (m.positive, "refused by a rule"), (m.expired, "expired")):
    code, errors, log, account = show(text, tty="tty4")
    tap.lacks(log, "reused", "a pass that is %s is refused for that" % name)

fresh()
for text in (m.forged, m.positive, m.expired, m.unsigned, ""):
    show(text, tty="tty8")
    show(text, tty="tty9")
opens("what was refused is no use", tty="tty1")
opens("... nor a second one", tty="tty2")

# ---- where a login comes from

fresh()
service("reuse=window:10m:1")
opens("from an address", tty="ssh", rhost="192.0.2.1")
opens("from the same one, whatever the terminal", tty="pts/7", rhost="192.0.2.1")
shut("from another one", tty="ssh", rhost="192.0.2.2")
shut("at a terminal of that name", tty="192.0.2.1")

fresh()
service("reuse=window:1s:1")
opens("one place for a second", tty="tty1")
shut("... which is taken", tty="tty2")
time.sleep(2)
opens("... and free behind its window", tty="tty2")

fresh()
service("reuse=once")
opens("once: at one terminal", tty="tty1")
shut("... and no other", tty="tty2")

# ---- one pass, one login

fresh()
service("reuse=holder")
tap.equal(show(user="no-such-user", tty="tty1")[0], "USER_UNKNOWN", "a name that is mistyped")
opens("... has not used the pass", tty="tty1")
opens("holder: the same login elsewhere", tty="tty2", rhost="192.0.2.1")
shut("... another login", user="daemon", tty="tty1")
opens("... which opens by its own pass", text=another, user="daemon", tty="tty1")
tap.equal(show(user="no-such-user")[1], show(user="daemon")[1],
          "a login that does not exist reads the same")

# ---- the account line

fresh()
m.service("less", m.lines("match=none").split("\n")[0] + "\n"
          + m.lines("match=none reuse=once").split("\n")[1] + "\n")
m.service("more", m.lines("match=none reuse=once").split("\n")[0] + "\n"
          + m.lines("match=none").split("\n")[1] + "\n")
code, errors, log, account = show(service="less")
tap.equal((code, account), ("SUCCESS", "PERM_DENIED"), "account asks for what auth did not count")
code, errors, log, account = show(service="more")
tap.equal((code, account), ("SUCCESS", "SUCCESS"), "... and is content with more")

# ---- many at once

fresh()
service("reuse=window:10m:3")
start, go = os.pipe()
children = []
for n in range(12):
    children.append(os.fork())
    if children[-1] == 0:
        os.close(go)
        os.read(start, 1)
        with Host(m.services, "counted", m.user, tty="tty%d" % n) as host:
            os._exit(0 if host.authenticate(m.good) == "SUCCESS" else 1)
os.close(go)
statuses = [os.waitpid(child, 0)[1] for child in children]
tap.equal(statuses.count(0), 3, "twelve terminals at one moment: three are let in")

# ---- nothing of anybody is kept

with open(LEDGER, "rb") as file:
    kept = file.read()
for word in (FAMILY, GIVEN, UVCI, UVCI[12:], "tty", "192.0.2.1", m.user, "daemon", m.good[4:40]):
    tap.ok(word.encode() not in kept, "the ledger has no " + word[:12])
tap.equal(oct(os.stat(LEDGER).st_mode & 0o777), "0o600", "... and is its owner's")
tap.equal(oct(os.stat(m.path("run")).st_mode & 0o777), "0o700", "... as its folder is")

# ---- a ledger that cannot be asked

service("reuse=window:10m")
with open(LEDGER, "r+b") as file:
    file.seek(4096 + 3)
    file.write(b"\xff")
code, errors, log, account = show()
tap.equal((code, errors, account), ("AUTHINFO_UNAVAIL", [UNAVAILABLE], "PERM_DENIED"),
          "a damaged ledger lets nobody in")
tap.contains(log, LEDGER + ": a key is damaged", "... and is named in the log")
os.truncate(LEDGER, 70)
log = unavailable("a cut one: nobody is asked for a pass")
tap.contains(log, "denied: reason=ledger-away id=6 ", "... the log says what")
tap.contains(log, LEDGER + ": its end is damaged", "... and what is wrong with which file")
os.unlink(LEDGER)
os.mkdir(LEDGER)
tap.contains(unavailable("a folder in its place"), LEDGER, "... is named")
shutil.rmtree(m.path("run"))
m.write("run", "")
tap.contains(unavailable("no folder to be had"), m.path("run"), "... is named")
os.unlink(m.path("run"))
service("reuse=any")
opens("without reuse= nobody needs a ledger")
tap.ok(not os.path.exists(m.path("run")), "... nor gets one")

# ---- a policy that cannot count

service("reuse=once")
m.write("policy.conf", m.policy_text())
tap.contains(unavailable("no ledger", "SERVICE_ERR"),
             'expected ledger = "file:/run/healthpass/ledger"', "... the log says what to write")
m.write("policy.conf", m.policy_text() + 'ledger = "memory";\n')
tap.contains(unavailable("a web server's memory", "SERVICE_ERR"), "option reuse: ", "... likewise")
m.count_in("ledger")
with open(m.policy) as file:
    text = file.read()
m.write("policy.conf", "\n".join(line for line in text.split("\n") if "identity_key" not in line))
tap.contains(unavailable("no identity key", "SERVICE_ERR"), "has no identity_key", "... likewise")

# ---- what changes while the prompt stands there

m.count_in("ledger")
fresh()


def without_ledger():
    m.write("policy.conf", m.policy_text())
    return m.good


code, errors, log, account = show(without_ledger)
tap.equal((code, account), ("AUTHINFO_UNAVAIL", "PERM_DENIED"), "a ledger that went at the prompt")
tap.contains(log, "cannot tell: reason=ledger-away id=6", "... the log says so")

tap.done()
