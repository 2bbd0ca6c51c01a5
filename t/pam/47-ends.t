#!/usr/bin/python3
"""The legal basis ends: every pass is refused, or nobody is asked for one any more."""

import os
import pwd
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import tap
from host import USER, Host
from material import Material, stamp

CALL_STAFF = ["Passes cannot be checked at the moment. Please try again later, or ask for help."]
OFF = "the legal basis ended at "

m = Material()


def service(name, end, lines="", **policy):
    text = m.policy_text(**policy) + 'ends = "%s";\n%s' % (end, lines)
    m.service(name, m.lines("match=none policy=" + m.write(name + ".conf", text)))


# ---- every pass is refused

service("refuse", stamp(-1))
with Host(m.services, "refuse", m.user) as host:
    tap.equal(host.authenticate(m.good), "AUTH_ERR", "refuse: a good pass")
    tap.equal(host.prompts, [], "... nobody is asked for one")
    tap.equal(host.errors, CALL_STAFF, "... the person is told")
    tap.contains(host.log, "denied: reason=ended id=94 service=refuse tty=tty7: the legal basis",
                 "... and the log")
    tap.equal(len(host.log.splitlines()), 1, "... in one line")
    tap.equal(host.account(), "PERM_DENIED", "... account")
    tap.equal(host.errors, CALL_STAFF, "... says the same")
    tap.contains(host.log, "denied: reason=ended id=94", "... in the log too")

service("stale", stamp(-1), trust=m.store("stale.store", "--dated", str(int(time.time()) - 8 * 86400)))
with Host(m.services, "stale", m.user) as host:
    tap.equal(host.authenticate(m.good), "AUTH_ERR", "refuse: lists that nobody renews any more")

service("soon", stamp(3))
with Host(m.services, "soon", m.user) as host:
    def wait():
        time.sleep(3.2)
        return m.good
    tap.equal(host.authenticate(wait), "AUTH_ERR", "an end that comes while the prompt stands there")
    tap.equal(host.errors, CALL_STAFF, "... the person is told")
    tap.contains(host.log, "the legal basis ends at ", "... it was warned of")
    tap.contains(host.log, "refused: reason=ended id=94 stage=rules", "... and is in the log")

# ---- nobody is asked

service("off", stamp(-1), 'ends_answer = "off";\n')
for answer in (m.good, m.forged, ""):
    with Host(m.services, "off", m.user) as host:
        tap.equal(host.authenticate(answer), "SUCCESS", "off: in")
        tap.equal((host.prompts, host.errors), ([], []), "... nobody is asked or told anything")
        tap.contains(host.log, OFF, "... the log says why")
        tap.equal(len(host.log.splitlines()), 1, "... in one line")
        tap.equal(host.account(), "SUCCESS", "... account")
        tap.equal(host.log, "", "... which has nothing to add")

with Host(m.services, "off", m.user) as host:
    tap.equal(host.account(), "SUCCESS", "off: without an auth phase (sshd with a key)")
    tap.contains(host.log, OFF, "... the log says why")
    tap.equal(len(host.log.splitlines()), 1, "... in one line")

with Host(m.services, "off", "no-such-user") as host:
    tap.equal(host.authenticate(), "SUCCESS", "off: auth tells nobody which names there are")
    tap.equal(host.account(), "USER_UNKNOWN", "... and account lets in nobody who does not exist")

service("old", stamp(-1), 'ends_answer = "off";\n',
        trust=m.store("old.store", "--dated", str(int(time.time()) - 8 * 86400)))
with Host(m.services, "old", m.user) as host:
    tap.equal((host.authenticate(m.good), host.account()), ("SUCCESS", "SUCCESS"), "off: stale lists")

# What cannot be read opens nothing.
service("gone", stamp(-1), 'ends_answer = "off";\n', trust=m.path("nowhere"))
with Host(m.services, "gone", m.user) as host:
    tap.equal(host.authenticate(m.good), "AUTHINFO_UNAVAIL", "off: a policy that cannot be loaded")
    tap.equal(host.account(), "PERM_DENIED", "... account")
service("broken", stamp(-1), 'ends_answer = "offf";\n')
with Host(m.services, "broken", m.user) as host:
    tap.equal(host.authenticate(m.good), "SERVICE_ERR", "off: a typing error")
    tap.equal(host.account(), "PERM_DENIED", "... account")

# The end is that of this door; and evidence of a door that stood open is none once it is shut.
service("web", stamp(86400 * 30), 'web = { ends = "%s"; ends_answer = "off"; };\n' % stamp(-1))
with Host(m.services, "web", m.user) as host:
    tap.equal(host.authenticate(m.forged), "AUTH_ERR", "another door's end")
    tap.equal(host.account(), "PERM_DENIED", "... account")
service("back", stamp(-1), 'ends_answer = "off";\n')
with Host(m.services, "back", m.user) as host:
    tap.equal(host.authenticate(), "SUCCESS", "off")
    service("back", stamp(86400 * 30), 'ends_answer = "off";\n')
    tap.equal(host.account(), "PERM_DENIED", "... and on again before the account phase")
    tap.contains(host.log, "reason=no-pass id=10 service=back tty=tty7: nobody was asked", "... the log")

# ---- ahead

service("ahead", stamp(86400 * 13))
with Host(m.services, "ahead", m.user) as host:
    tap.equal(host.authenticate(m.good), "SUCCESS", "13 days ahead")
    tap.contains(host.log, "the legal basis ends at ", "... the log says so")
    tap.equal(host.account(), "SUCCESS", "... account")
service("far", stamp(86400 * 15))
with Host(m.services, "far", m.user) as host:
    tap.equal(host.authenticate(m.good), "SUCCESS", "15 days ahead")
    tap.lacks(host.log, "legal basis", "... it does not")

tap.done()
