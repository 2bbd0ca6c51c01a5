#!/usr/bin/python3
"""The account phase lets in nobody whose pass our auth phase has not accepted."""

import os
import pwd
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import tap
from host import USER, Fails, Host
from material import Material, stamp

NO_PASS = ["Please show your health pass."]

m = Material()
m.service("one", m.lines())

with Host(m.services, "one", m.user) as host:
    tap.equal(host.account(), "PERM_DENIED", "no auth phase at all")
    tap.equal(host.errors, NO_PASS, "... the person is told")
    tap.contains(host.log, "denied: reason=no-pass id=10 service=one tty=tty7: ",
                 "... and the log")

with Host(m.services, "one", m.user) as host:
    host.authenticate(m.good)
    tap.equal(host.account(), "SUCCESS", "after a good pass")
    tap.equal(host.account(), "SUCCESS", "... and once more")
    host.authenticate(m.forged)
    tap.equal(host.account(), "PERM_DENIED", "a bad pass ends what a good one opened")
    host.authenticate(m.good)
    host.authenticate(Fails("CONV_ERR"))
    tap.equal(host.account(), "PERM_DENIED", "so does a failed conversation")
    host.authenticate(m.good)
    tap.equal(host.account(), "SUCCESS", "and a good one opens again")

with Host(m.services, "one", m.user) as host:
    host.authenticate(m.good)
    other = next(u for u in pwd.getpwall() if u.pw_name != m.user)
    host.set_item(USER, other.pw_name)
    tap.equal(host.account(), "PERM_DENIED", "a pass shown for one user opens no other")
    tap.contains(host.log, "another user", "... the log says so")
    tap.lacks(host.log, other.pw_name, "... without naming one")

# An auth line that is only "optional" does not make a refusal an entry.
m.service("optional", "auth required pam_permit.so\n"
          + m.lines().replace("auth [success=ok default=bad]", "auth optional"))
for name, answer, code in (("forged", m.forged, "PERM_DENIED"), ("no", "", "PERM_DENIED"),
                           ("expired", m.expired, "ACCT_EXPIRED")):
    with Host(m.services, "optional", m.user) as host:
        tap.equal(host.authenticate(answer), "SUCCESS", "auth is optional: %s pass" % name)
        tap.equal(host.account(), code, "... account denies all the same")
        tap.contains(host.log, "refused in the auth phase", "... the log says so")

# A pass that ends between the phases.
short = m.issue("--exp", stamp(3))
with Host(m.services, "one", m.user) as host:
    tap.equal(host.authenticate(short), "SUCCESS", "a pass that is about to end")
    time.sleep(3.2)
    tap.equal(host.account(), "ACCT_EXPIRED", "... and has ended by the account phase")
    tap.contains(host.log, "denied: reason=expired id=60", "... the log says so")

# One that the policy's clock_skew accepts past its end is not denied by account.
skewed = m.write("skew.conf", m.policy_text() + 'clock_skew = "1h";\n')
m.service("skew", m.lines("match=none policy=" + skewed))
with Host(m.services, "skew", m.user) as host:
    tap.equal(host.authenticate(m.issue("--iat", stamp(-600), "--exp", stamp(-60))),
              "SUCCESS", "a pass within clock_skew")
    tap.equal(host.account(), "SUCCESS", "... is not denied by account")

# Evidence belongs to the policy by which it was won.
lenient = m.write("lenient.conf", m.policy_text(rules="authentic-only"))
auth = m.lines("match=none policy=" + lenient).splitlines()[0]
account = m.lines("match=none").splitlines()[1]
m.service("mixed", auth + "\n" + account + "\n")
with Host(m.services, "mixed", m.user) as host:
    tap.equal(host.authenticate(m.positive), "SUCCESS", "a lenient auth line")
    tap.equal(host.account(), "PERM_DENIED", "... is no evidence for a strict account line")

# The trap of "required" (a later success opens the door) stays shut.
m.service("required", m.lines().replace("[success=ok default=bad]", "required")
          + "auth required pam_permit.so\naccount required pam_permit.so\n")
for name, answer in (("forged", m.forged), ("no", ""), ("broken off", Fails("IGNORE"))):
    with Host(m.services, "required", m.user) as host:
        tap.ok(host.authenticate(answer) != "SUCCESS", "required, then permit: %s pass" % name)
        tap.equal(host.account(), "PERM_DENIED", "... account")

tap.done()
