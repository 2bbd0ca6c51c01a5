#!/usr/bin/python3
"""limit=: after so many refusals nobody is asked for a pass, and the person reads how long."""

import os
import shutil
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import tap
from host import Host, Null
from material import FAMILY, UVCI, Material

RHOST = 4

m = Material()
m.count_in("ledger")
TRIES = m.path("run/tries")


def service(options):
    shutil.rmtree(m.path("run"), ignore_errors=True)
    m.service("limited", m.lines("match=none " + options))


def show(*texts, tty="tty1", rhost=None, user=None):
    """(code, how many prompts, errors, log)"""
    with Host(m.services, "limited", user or m.user, tty=tty) as host:
        if rhost:
            host.set_item(RHOST, rhost)
        return host.authenticate(*texts), len(host.prompts), host.errors, host.log


def open_here(name, **where):
    tap.equal(show(m.good, **where)[:2], ("SUCCESS", 1), name)


def shut_here(name, **where):
    code, prompts, errors, log = show(m.good, **where)
    tap.equal((code, prompts), ("MAXTRIES", 0), name)
    return errors, log


def refuse(times, text=None, **where):
    for _ in range(times):
        tap.equal(show(m.forged if text is None else text, **where)[:2], ("AUTH_ERR", 1), "refused")


service("limit=3/1h:by=tty")
refuse(2)
for _ in range(4):
    open_here("a good pass is not counted")
refuse(2, text="")
refuse(2, text=Null)
open_here("... nor is nothing")
refuse(1, text=m.positive)
errors, log = shut_here("the third refusal was the last")
tap.equal(errors, ["Too many attempts. Please wait 60 minutes."], "... the person reads how long")
tap.contains(log, "denied: reason=too-many-tries id=120 service=limited tty=tty1: ", "... the log why")
shut_here("... for whoever is there", user="daemon", rhost="192.0.2.1")
open_here("another terminal is open", tty="tty2")

with open(TRIES, "rb") as file:
    kept = file.read()
for word in ("tty", m.user, FAMILY, UVCI, m.forged[4:30]):
    tap.ok(word.encode() not in kept, "the file has no " + word[:12])
tap.equal(oct(os.stat(TRIES).st_mode & 0o777), "0o600", "... and is its owner's")

service("limit=2/2s:by=tty")
refuse(2)
errors, _ = shut_here("two in two seconds")
tap.equal(errors, ["Too many attempts. Please wait 2 seconds."], "... seconds, and never one second")
time.sleep(3)
open_here("behind the wait a good pass opens")
refuse(2)
shut_here("... and the counting goes on")

service("limit=2/1h:by=tty tries=5")
code, prompts, errors, log = show(m.forged, m.forged, m.good)
tap.equal((code, prompts), ("MAXTRIES", 2), "within one call, too")

service("limit=1/90s:by=user")
refuse(1, user="daemon")
errors, _ = shut_here("by user: that one", user="daemon", tty="tty2", rhost="192.0.2.1")
tap.ok(errors[0].endswith(" seconds."), "... " + errors[0])
open_here("... and nobody else")
tap.equal(show(m.forged, user="no-such-user")[:2], ("USER_UNKNOWN", 1), "refused")
shut_here("a name that does not exist is counted as any", user="no-such-user")

service("limit=1/1h:by=user")
refuse(1)
m.service("limited", m.lines("match=none limit=1/1s:by=user"))
time.sleep(2.5)
errors, _ = shut_here("another service with a shorter time counts it, as long as the first one does")
tap.equal(errors, ["Too many attempts. Please wait 60 minutes."], "... and says so")

service("limit=1/1h:by=rhost")
refuse(1, rhost="192.0.2.1")
shut_here("by rhost: that one", rhost="192.0.2.1", tty="tty2", user="daemon")
open_here("... and no other", rhost="192.0.2.2")
open_here("... nor who comes from nowhere")

# A fault of ours is nobody's try, and is no way around the limit either.
service("limit=1/1h:by=tty reuse=once")


def damaged():
    os.truncate(m.path("run/ledger"), 70)
    return m.good


tap.equal(show(damaged)[:2], ("AUTHINFO_UNAVAIL", 1), "the ledger is damaged at the prompt")
os.unlink(m.path("run/ledger"))
open_here("... which was no refusal")
tap.equal(show(m.good, tty="tty2")[0], "AUTH_ERR", "a pass that is used elsewhere")
shut_here("... is one", tty="tty2")

service("limit=1/1h:by=tty")
refuse(1)
os.truncate(TRIES, 70)
code, prompts, errors, log = show(m.good)
tap.equal((code, prompts, errors),
          ("AUTHINFO_UNAVAIL", 0, ["Passes cannot be checked at the moment. Please try again later, or ask for help."]),
          "a damaged file: nobody is asked")
tap.contains(log, TRIES + ": its end is damaged", "... and the log names it")

m.write("policy.conf", "\n".join(line for line in m.policy_text().split("\n")
                                 if "identity_key" not in line))
code, prompts, errors, log = show(m.good)
tap.equal((code, prompts), ("SERVICE_ERR", 0), "no identity key")
tap.contains(log, "option limit: ", "... and the log names the option")

tap.done()
